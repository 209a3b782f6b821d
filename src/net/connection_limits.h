// ConnectionLimits: every bound that keeps connections from hurting each other. The server room fills it from properties.
#pragma once

#include <cstddef>
#include <cstdint>

namespace streamline::net {

struct ConnectionLimits {
  /// socket.request.max.bytes: a longer (or empty, or negative) frame closes its connection.
  std::size_t max_request_bytes = 100 * 1024 * 1024;
  /// Requests of one connection that wait for their response; at the limit nothing more is read from it.
  std::size_t max_in_flight_requests = 1000;
  /// Unsent response bytes in memory of one connection; above it nothing more is read from it (slow reader).
  std::size_t max_queued_bytes = 4 * 1024 * 1024;
  /// Memory of frames being received and of unsent responses on one reactor; above it no new long frame is begun.
  std::size_t max_reactor_bytes = 512 * 1024 * 1024;
  /// connections.max.idle.ms: without a byte moving and without a response due (rule 15). Also ends a half-sent frame.
  std::int64_t idle_timeout_ms = 10 * 60 * 1000;
  /// A request whose response takes at least so long is told to FrameHandler::on_slow; 0 = none is.
  std::int64_t slow_request_ms = 0;
  /// Shared receive memory of a reactor.
  std::size_t landing_bytes = 256 * 1024;
  /// Memory of long frames and of responses that a reactor keeps for reuse.
  std::size_t pool_bytes = 8 * 1024 * 1024;
};

}  // namespace streamline::net
