// Request: one request on its way through a handler, on a reactor or on the pool. Handlers see this and nothing of the network.
// Lives while its handler runs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/bytes.h"
#include "broker/response_header.h"
#include "net/connection.h"
#include "net/frame_handler.h"
#include "wire/frame.h"

namespace streamline::broker {

class Broker;
class Shard;

struct Endpoint {
  std::string host;
  std::int32_t port = 0;
};

/// Where a reply goes: straight into the connection on a reactor; into a buffer that travels back to it on the pool.
class ReplySink {
 public:
  /// `size` bytes to be written at once.
  virtual MutableBytes begin(std::size_t size) = 0;
  virtual void end() = 0;
  /// The request cannot be answered: the connection closes.
  virtual void refuse(std::string_view reason) = 0;
  /// The same request starts again on the pool. Only on a reactor.
  virtual void continue_on_pool() = 0;

 protected:
  ~ReplySink() = default;
};

/// An answer other than Fetch's is never larger; a request that asks for more closes its connection.
inline constexpr std::size_t kMaxReplyBytes = 128 * 1024 * 1024;

class Request {
 public:
  struct Parts {
    Broker& broker;
    Shard* shard;  // null on the pool
    Arena& arena;
    ReplySink& sink;
    const net::ConnectionOrigin& origin;
    net::Slot slot;
    /// How long the client is told to wait, and made to.
    std::int64_t throttle_ms = 0;
  };
  Request(const Parts& parts, const wire::RequestHeader& header, MutableBytes body) : parts_(parts), header_(header), body_(body) {}

  const wire::RequestHeader& header() const { return header_; }
  std::int16_t version() const { return header_.api_version; }
  /// Views of a decoded message point into it; records may be patched in place.
  MutableBytes body() const { return body_; }
  Broker& broker() const { return parts_.broker; }
  /// Only for APIs that run on the reactor.
  Shard& shard() const;
  Arena& arena() const { return parts_.arena; }
  net::Slot slot() const { return parts_.slot; }
  /// The address that this client reaches us by (kafka-rules 140, 13.7).
  Endpoint endpoint() const;
  const net::ConnectionOrigin& origin() const { return parts_.origin; }
  std::string_view listener_name() const { return parts_.origin.listener_name; }
  std::uint16_t client_port() const { return parts_.origin.peer.port(); }
  std::string client_host() const { return parts_.origin.peer.host(); }
  /// The client has used more than its quota: the answer tells it to wait so long, and nothing more of its connection is read meanwhile.
  /// Before reply().
  void throttle(std::int64_t for_ms) { parts_.throttle_ms = std::max(parts_.throttle_ms, for_ms); }
  std::int64_t throttle_ms() const { return parts_.throttle_ms; }
  /// As what quotas know the client.
  std::string_view client_id() const { return header_.client_id.value_or(""); }

  /// Milliseconds since 1970.
  std::int64_t wall_ms() const;

  template <class Response>
  void reply(const Response& response) {
    reply_as(response, header_.api_version);
  }
  /// In another version than the request's (ApiVersions, kafka-rules 4).
  template <class Response>
  void reply_as(const Response& response, std::int16_t version) {
    if constexpr (requires(Response copy) { copy.throttle_time_ms; }) {
      if (parts_.throttle_ms > 0 && response.throttle_time_ms == 0) [[unlikely]] {
        Response told = response;
        told.throttle_time_ms = static_cast<std::int32_t>(std::min<std::int64_t>(parts_.throttle_ms, INT32_MAX));
        return reply_as(told, version);
      }
    }
    const ResponsePrefix prefix(static_cast<wire::ApiKey>(header_.api_key), version, header_.correlation_id);
    const std::size_t size = prefix.size() + response.encoded_size(version);
    if (size > kMaxReplyBytes) return refuse("the answer to a request would be too large");
    wire::Writer writer(parts_.sink.begin(size));
    prefix.write(writer);
    response.encode(writer, version);
    parts_.sink.end();
  }
  /// True on the pool, where a handler may block.
  bool may_block() const { return parts_.shard == nullptr; }
  /// For a handler that finds out on the reactor that it has to block: it is called again on the pool and must not reply now.
  void continue_on_pool() { parts_.sink.continue_on_pool(); }
  /// Closes the connection: there is no answer that the client could read.
  void refuse(std::string_view reason) { parts_.sink.refuse(reason); }

 private:
  Parts parts_;
  const wire::RequestHeader& header_;
  MutableBytes body_;
};

}  // namespace streamline::broker
