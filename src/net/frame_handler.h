// FrameHandler: what the rooms above implement to serve connections; Slot: the place of one response in its connection's order.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace streamline::net {

class Connection;
class ConnectionSet;

/// A response's place. A cheap copy; stays harmless after its connection has gone, then connection() is null.
/// Belongs to the connection's reactor; must not outlive that reactor's ConnectionSet.
class Slot {
 public:
  Slot() = default;
  /// The connection, or null when it was closed (or the slot is empty).
  Connection* connection() const;
  std::uint64_t sequence() const { return sequence_; }
  friend bool operator==(const Slot&, const Slot&) = default;

 private:
  friend class Connection;
  ConnectionSet* set_ = nullptr;
  std::uint32_t index_ = 0;
  std::uint32_t generation_ = 0;
  std::uint64_t sequence_ = 0;
};

/// One per reactor; all calls on its thread.
class FrameHandler {
 public:
  virtual void on_open(Connection& connection) = 0;
  /// `frame` is one request without its length, valid until the end of the turn (TurnPhase::recycle), and may be written to.
  /// `slot` must be completed exactly once, now or later, unless the connection closes first.
  virtual void on_frame(Connection& connection, MutableBytes frame, Slot slot) = 0;
  /// Parked work of this connection must go (rule 88). May be called from inside on_frame, complete() and close().
  virtual void on_close(Connection& connection) = 0;
  /// A response is finished that took ConnectionLimits::slow_request_ms or longer; `kind` is what the first two bytes of its request say,
  /// most significant first. Must not close the connection.
  virtual void on_slow(const Connection& /*connection*/, std::uint16_t /*kind*/, std::int64_t /*took_ms*/) {}

 protected:
  ~FrameHandler() = default;
};

}  // namespace streamline::net
