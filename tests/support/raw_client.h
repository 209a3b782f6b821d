// RawClient: a blocking socket that sends ready-made frames and takes whole responses, and what encodes and decodes them.
// Belongs to one thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/bytes.h"
#include "wire/frame.h"

namespace streamline::test {

/// One request with its length and header, as it goes over the wire.
template <class Request>
std::string frame_of(const Request& request, std::int16_t version, std::int32_t correlation_id = 7) {
  wire::RequestHeader header;
  header.api_key = Request::kApiKey;
  header.api_version = version;
  header.correlation_id = correlation_id;
  header.client_id = "test";
  const std::int16_t header_version = wire::request_header_version(*wire::find_api(Request::kApiKey), version);
  const std::size_t size = header.encoded_size(header_version) + request.encoded_size(version);
  std::string frame(wire::kFrameSizeBytes + size, '\0');
  const auto bytes = std::as_writable_bytes(std::span(frame));
  store_be(bytes.data(), static_cast<std::int32_t>(size));
  wire::Writer out(bytes.subspan(wire::kFrameSizeBytes));
  header.encode(out, header_version);
  request.encode(out, version);
  return frame;
}

/// A decoded response with the memory that its views point into.
template <class Response>
struct Answer {
  std::vector<std::byte> frame;
  std::unique_ptr<Arena> arena = std::make_unique<Arena>();
  std::int32_t correlation_id = 0;
  Response body;
  const Response* operator->() const { return &body; }
};

template <class Response>
Answer<Response> decode_answer(std::vector<std::byte> frame, std::int16_t version) {
  Answer<Response> answer;
  answer.frame = std::move(frame);
  wire::Reader in(answer.frame);
  const std::int16_t header_version = wire::response_header_version(*wire::find_api(Response::kApiKey), version);
  const auto header = wire::ResponseHeader::decode(in, header_version, *answer.arena);
  REQUIRE(header);
  answer.correlation_id = header->correlation_id;
  auto body = Response::decode(in, version, *answer.arena);
  if (!body) FAIL(body.error().text);
  answer.body = *body;
  return answer;
}

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0);
    const int on = 1;
    REQUIRE(::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes) {
    if (!try_send(bytes)) FAIL("the connection took no more");
  }
  bool try_send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// The next response without its length; empty when the connection ended. Allocates only to grow `into`.
  bool try_receive(std::vector<std::byte>& into) {
    std::byte prefix[wire::kFrameSizeBytes];
    if (!fill(prefix)) return false;
    into.resize(static_cast<std::size_t>(load_be<std::int32_t>(prefix)));
    return fill(into);
  }
  std::vector<std::byte> receive() {
    std::vector<std::byte> frame;
    if (!try_receive(frame)) FAIL("the connection ended");
    return frame;
  }
  template <class Response>
  Answer<Response> receive(std::int16_t version) {
    return decode_answer<Response>(receive(), version);
  }
  template <class Response, class Request>
  Answer<Response> call(const Request& request, std::int16_t version) {
    send(frame_of(request, version));
    return receive<Response>(version);
  }
  /// Whether something has come that was not taken yet.
  bool has_answer() const {
    pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
    return ::poll(&ready, 1, 0) == 1;
  }

 private:
  bool fill(MutableBytes into) {
    while (!into.empty()) {
      const ssize_t got = ::recv(socket_, into.data(), into.size(), 0);
      if (got <= 0) return false;
      into = into.subspan(static_cast<std::size_t>(got));
    }
    return true;
  }
  int socket_;
};

}  // namespace streamline::test
