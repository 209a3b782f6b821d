// The seam between the server, which owns connections and reactors, and the broker, which answers requests.
#pragma once

#include <cstdint>

namespace streamline::net {
class Address;
class FrameHandler;
class Reactor;
}  // namespace streamline::net

namespace streamline::broker {

/// One per process. Calls for a reactor come from that reactor's thread only; reactors are numbered from 0.
class Dispatcher {
 public:
  virtual ~Dispatcher() = default;
  /// Once per reactor, before its first connection.
  virtual void attach(net::Reactor& reactor, int reactor_index) = 0;
  /// The server ends in order: what only waits for news is answered now, and nothing waits for news any more.
  virtual void drain(int reactor_index) = 0;
  /// Once per reactor, after its last connection; nothing of this reactor is touched afterwards.
  virtual void detach(net::Reactor& reactor, int reactor_index) = 0;
  /// Receives the frames of every connection of that reactor.
  virtual net::FrameHandler& frame_handler(int reactor_index) = 0;
  /// An address opens a connection: 0 when it may, or how many milliseconds it would have to wait for it. Any reactor's thread.
  virtual std::int64_t connection_wait_ms(const net::Address& /*peer*/) { return 0; }
  /// Runs after all ready connections of a turn were read, and before the landing buffer is used again:
  /// staged appends are written and answered here.
  virtual void end_of_turn(int reactor_index) = 0;
};

}  // namespace streamline::broker
