// Connections against a broker of a few lines on loopback, which says what a test wants.
#include "client/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <thread>

#include "wire/messages/api_versions.h"
#include "wire/messages/metadata.h"

using namespace streamline;
using namespace streamline::client;

namespace {

/// One accepted connection, from the broker's side.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  ~Peer() { ::close(fd_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// The next request's key, version and correlation id; all -1 when the client is gone.
  struct Request {
    std::int16_t key = -1;
    std::int16_t version = -1;
    std::int32_t correlation_id = -1;
  };
  Request read() {
    std::byte size[4];
    if (::recv(fd_, size, sizeof(size), MSG_WAITALL) != sizeof(size)) return {};
    std::vector<std::byte> frame(static_cast<std::size_t>(load_be<std::int32_t>(size)));
    if (::recv(fd_, frame.data(), frame.size(), MSG_WAITALL) != static_cast<ssize_t>(frame.size())) return {};
    return {load_be<std::int16_t>(frame.data()), load_be<std::int16_t>(frame.data() + 2), load_be<std::int32_t>(frame.data() + 4)};
  }
  void write(ByteView bytes) { static_cast<void>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL)); }
  template <class Response>
  void answer(const Response& response, std::int16_t version, std::int32_t correlation_id) {
    const auto& api = *wire::find_api(Response::kApiKey);
    const std::int16_t header_version = wire::response_header_version(api, version);
    wire::ResponseHeader header;
    header.correlation_id = correlation_id;
    const std::size_t size = header.encoded_size(header_version) + response.encoded_size(version);
    std::vector<std::byte> frame(4 + size);
    store_be(frame.data(), static_cast<std::int32_t>(size));
    wire::Writer out(MutableBytes(frame).subspan(4));
    header.encode(out, header_version);
    response.encode(out, version);
    write(frame);
  }

 private:
  int fd_;
};

/// Answers one connection by a script, on a thread of its own.
class ScriptedBroker {
 public:
  explicit ScriptedBroker(std::function<void(Peer&)> script) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 4) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, script = std::move(script)] {
      Peer peer(::accept(listener_, nullptr, nullptr));
      script(peer);
    });
  }
  ~ScriptedBroker() {
    thread_.join();
    ::close(listener_);
  }
  Address address() const { return {"127.0.0.1", port_}; }

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

wire::ApiVersionsResponse versions(std::span<wire::ApiVersionsResponse::ApiVersion> apis) {
  wire::ApiVersionsResponse response;
  response.api_keys = apis;
  return response;
}

wire::ApiVersionsResponse::ApiVersion api(std::int16_t key, std::int16_t lowest, std::int16_t highest) {
  wire::ApiVersionsResponse::ApiVersion row;
  row.api_key = key;
  row.min_version = lowest;
  row.max_version = highest;
  return row;
}

/// Tells Metadata 0 to `highest` and ApiVersions 0 to 4.
void negotiate(Peer& peer, std::int16_t highest) {
  const auto request = peer.read();
  wire::ApiVersionsResponse::ApiVersion apis[] = {api(3, 0, highest), api(18, 0, 4)};
  peer.answer(versions(apis), 4, request.correlation_id);
}

}  // namespace

TEST_CASE("the newest version that both know is spoken") {
  ScriptedBroker broker([](Peer& peer) {
    negotiate(peer, 5);
    const auto request = peer.read();
    if (request.key != 3 || request.version != 5) return;
    wire::MetadataResponse response;
    response.controller_id = 7;
    peer.answer(response, 5, request.correlation_id);
  });
  auto connection = Connection::open(broker.address(), {});
  REQUIRE(connection);
  auto reply = connection->call<wire::MetadataResponse>(wire::MetadataRequest{});
  REQUIRE(reply);
  CHECK((*reply)->controller_id == 7);
  CHECK(reply->version == 5);
}

TEST_CASE("rule 4: a broker that refuses our ApiVersions version is asked again in one it knows") {
  ScriptedBroker broker([](Peer& peer) {
    auto request = peer.read();
    wire::ApiVersionsResponse::ApiVersion own[] = {api(18, 0, 2)};
    wire::ApiVersionsResponse refusal = versions(own);
    refusal.error_code = 35;
    peer.answer(refusal, 0, request.correlation_id);
    request = peer.read();
    if (request.version != 2) return;
    wire::ApiVersionsResponse::ApiVersion apis[] = {api(3, 0, 1), api(18, 0, 2)};
    peer.answer(versions(apis), 2, request.correlation_id);
  });
  auto connection = Connection::open(broker.address(), {});
  REQUIRE(connection);
  CHECK(connection->version_of(3, {0, 13}).value() == 1);
}

TEST_CASE("a broker without a common version is told apart, and the connection stays of use") {
  ScriptedBroker broker([](Peer& peer) { negotiate(peer, 13); });
  auto connection = Connection::open(broker.address(), {});
  REQUIRE(connection);
  CHECK(connection->version_of(3, {14, 15}).error().code == Errc::unsupported);
  CHECK(connection->version_of(0, {0, 13}).error().code == Errc::unsupported);
  CHECK(connection->version_of(3, {0, 13}).value() == 13);
}

TEST_CASE("answers to pipelined requests come in their order") {
  ScriptedBroker broker([](Peer& peer) {
    negotiate(peer, 1);
    for (std::int32_t i = 0; i < 3; ++i) {
      const auto request = peer.read();
      wire::MetadataResponse response;
      response.controller_id = i;
      peer.answer(response, 1, request.correlation_id);
    }
  });
  auto connection = Connection::open(broker.address(), {});
  REQUIRE(connection);
  for (int i = 0; i < 3; ++i) REQUIRE(connection->send(wire::MetadataRequest{}));
  for (int i = 0; i < 3; ++i) CHECK((*connection->receive<wire::MetadataResponse>())->controller_id == i);
}

TEST_CASE("a response of impossible size is not believed") {
  ScriptedBroker broker([](Peer& peer) {
    peer.read();
    peer.write(as_bytes("HTTP/1.1 400 Bad Request"));
  });
  const auto connection = Connection::open(broker.address(), {});
  REQUIRE_FALSE(connection);
  CHECK(connection.error().code == Errc::malformed);
  CHECK(connection.error().text == to_string(broker.address()) + " announces a response of 1213486160 bytes; is it a Kafka listener?");
}

TEST_CASE("an answer to another request and a body that does not parse are malformed") {
  ScriptedBroker other([](Peer& peer) {
    const auto request = peer.read();
    peer.answer(versions({}), 4, request.correlation_id + 1);
  });
  CHECK(Connection::open(other.address(), {}).error().code == Errc::malformed);
  ScriptedBroker broken([](Peer& peer) {
    const auto request = peer.read();
    std::byte frame[10]{};
    store_be(frame, std::int32_t{6});
    store_be(frame + 4, request.correlation_id);
    peer.write(frame);
  });
  CHECK(Connection::open(broken.address(), {}).error().code == Errc::malformed);
}

TEST_CASE("a broker that hangs up, never answers, or is not there") {
  ScriptedBroker gone([](Peer& peer) { peer.read(); });
  const auto closed = Connection::open(gone.address(), {});
  CHECK(closed.error().code == Errc::closed);
  CHECK(closed.error().text == to_string(gone.address()) + " closed the connection");

  ScriptedBroker silent([](Peer& peer) {
    peer.read();
    peer.read();
  });
  ConnectionOptions hurried;
  hurried.request_timeout = std::chrono::milliseconds(0);
  CHECK(Connection::open(silent.address(), hurried).error().code == Errc::timed_out);

  CHECK(Connection::open({"no-such-host.invalid", 1}, {}).error().code == Errc::closed);
}

TEST_CASE("a wait ends when the cancel descriptor becomes readable") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], "x", 1) == 1);
  ScriptedBroker silent([](Peer& peer) {
    peer.read();
    peer.read();
  });
  ConnectionOptions options;
  options.cancel_fd = ends[0];
  const auto connection = Connection::open(silent.address(), options);
  REQUIRE_FALSE(connection);
  CHECK(connection.error().text == "interrupted");
  ::close(ends[0]);
  ::close(ends[1]);
}
