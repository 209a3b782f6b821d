// Connection: requests and responses with one broker, each in the newest version that both sides know.
// Any number of requests may be sent before their responses are received, which come in the same order.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "client/socket.h"
#include "wire/frame.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace streamline::client {

struct ConnectionOptions {
  std::string client_id = "streamline";
  std::chrono::milliseconds connect_timeout{5'000};
  /// From sending a request to the end of its response.
  std::chrono::milliseconds request_timeout{30'000};
  /// A broker that announces a larger response is not believed.
  std::size_t max_response_bytes = 256 * 1024 * 1024;
  /// When it becomes readable every wait ends with Errc::closed; -1 = none.
  int cancel_fd = -1;
};

/// A decoded response with the memory that its views point into.
template <class Response>
struct Reply {
  std::vector<std::byte> frame;
  std::unique_ptr<Arena> arena;
  Response body;
  std::int16_t version = 0;
  const Response* operator->() const { return &body; }
};

struct VersionRange {
  std::int16_t lowest = 0;
  std::int16_t highest = -1;
};

/// Belongs to one thread. After any error but unsupported it is of no more use.
/// Errors: closed, timed_out, malformed (a response that does not parse), unsupported (no common version).
class Connection {
 public:
  /// Connects and asks for the broker's versions.
  static Result<Connection> open(const Address& address, const ConnectionOptions& options);

  /// Sends, then receives this request's response; nothing else may be in flight. `newest`: no later version than this one.
  template <class Response, class Request>
  Result<Reply<Response>> call(const Request& request, std::int16_t newest = Request::kMaxVersion) {
    static_assert(Request::kApiKey == Response::kApiKey);
    if (auto sent = send(request, newest); !sent) return fail_with(std::move(sent));
    return receive<Response>();
  }
  /// As call(), for an API that only our own broker has and that ApiVersions does not name: in its newest version. Any other broker
  /// closes the connection.
  template <class Response, class Request>
  Result<Reply<Response>> call_unlisted(const Request& request) {
    if (auto sent = write_as(request, Request::kMaxVersion); !sent) return fail_with(std::move(sent));
    pending_.push_back({.api_key = Request::kApiKey,
                        .version = Request::kMaxVersion,
                        .correlation_id = last_correlation_id_,
                        .deadline = deadline_in(options_.request_timeout)});
    return receive<Response>();
  }
  /// Sends a request whose response receive() will give.
  template <class Request>
  Status send(const Request& request, std::int16_t newest = Request::kMaxVersion) {
    auto version = write(request, newest);
    if (!version) return fail_with(std::move(version));
    pending_.push_back({.api_key = Request::kApiKey,
                        .version = *version,
                        .correlation_id = last_correlation_id_,
                        .deadline = deadline_in(options_.request_timeout)});
    return {};
  }
  /// Sends a request that brokers do not answer (Produce with acks=0).
  template <class Request>
  Status send_unanswered(const Request& request) {
    auto version = write(request, Request::kMaxVersion);
    return version ? Status{} : fail_with(std::move(version));
  }
  /// The response of the oldest request in flight.
  template <class Response>
  Result<Reply<Response>> receive() {
    Pending pending;
    auto frame = receive_frame(Response::kApiKey, pending);
    if (!frame) return fail_with(std::move(frame));
    return decode<Response>(*std::move(frame), pending.version);
  }
  /// Newest common version of an API. unsupported when there is none.
  Result<std::int16_t> version_of(std::int16_t api_key, VersionRange ours) const;
  const Address& address() const { return address_; }
  const std::map<std::int16_t, VersionRange>& broker_versions() const { return versions_; }

 private:
  struct Pending {
    std::int16_t api_key = 0;
    std::int16_t version = 0;
    std::int32_t correlation_id = 0;
    Deadline deadline;
  };

  Connection(Socket socket, const Address& address, const ConnectionOptions& options)
      : socket_(std::move(socket)), address_(address), options_(options) {}
  Status negotiate();
  /// Makes room for a frame with a body of `body_bytes`, its size and header written; the place of the body.
  MutableBytes start_frame(std::int16_t api_key, std::int16_t version, std::size_t body_bytes);
  Status send_frame();
  Result<std::vector<std::byte>> receive_frame(std::int16_t api_key, Pending& pending);
  Status skip_header(wire::Reader& in, std::int16_t api_key, std::int16_t version, Arena& arena) const;

  template <class Request>
  Result<std::int16_t> write(const Request& request, std::int16_t newest) {
    auto version = version_of(Request::kApiKey, {.lowest = Request::kMinVersion, .highest = newest});
    if (!version) return version;
    if (auto sent = write_as(request, *version); !sent) return fail_with(std::move(sent));
    return version;
  }
  template <class Request>
  Status write_as(const Request& request, std::int16_t version) {
    wire::Writer out(start_frame(Request::kApiKey, version, request.encoded_size(version)));
    request.encode(out, version);
    return send_frame();
  }
  template <class Response>
  Result<Reply<Response>> decode(std::vector<std::byte> frame, std::int16_t version) const {
    Reply<Response> reply{.frame = std::move(frame), .arena = std::make_unique<Arena>(), .body = {}, .version = version};
    wire::Reader in(reply.frame);
    if (auto header = skip_header(in, Response::kApiKey, version, *reply.arena); !header) return fail_with(std::move(header));
    auto body = Response::decode(in, version, *reply.arena);
    if (!body) return fail(Errc::malformed, fmt::format("{} from {}: {}", Response::kName, to_string(address_), body.error().text));
    reply.body = *body;
    return reply;
  }

  Socket socket_;
  Address address_;
  ConnectionOptions options_;
  std::map<std::int16_t, VersionRange> versions_;
  std::vector<std::byte> out_;
  std::deque<Pending> pending_;
  std::int32_t last_correlation_id_ = 0;
};

}  // namespace streamline::client
