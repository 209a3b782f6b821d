// ConnectionSet: the connections of one reactor and what they share: landing buffer, pools, limits. It is the reactor's hook
// for sending, recycling and retiring. Belongs to that reactor's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "net/connection.h"
#include "net/connection_limits.h"
#include "net/frame_handler.h"
#include "net/frame_memory.h"
#include "net/landing_buffer.h"
#include "net/outgoing_pool.h"
#include "net/reactor.h"

namespace streamline::net {

/// Told after a connection was closed, on the reactor's thread.
class CloseObserver {
 public:
  virtual void on_connection_gone(const ConnectionOrigin& origin) = 0;

 protected:
  ~CloseObserver() = default;
};

class ConnectionSet final : public TurnHook {
 public:
  ConnectionSet(Reactor& reactor, FrameHandler& handler, const ConnectionLimits& limits, CloseObserver* observer = nullptr);
  /// Closes whatever is left.
  ~ConnectionSet();
  ConnectionSet(const ConnectionSet&) = delete;
  ConnectionSet& operator=(const ConnectionSet&) = delete;

  /// Serves an accepted, non-blocking socket from now on. An error (no memory in the kernel) means that it was closed.
  Status adopt(Descriptor socket, const ConnectionOrigin& origin);
  /// Reads no further request; each connection closes when its open slots are answered and sent.
  void drain();
  void close_all(std::string_view reason);
  std::size_t size() const { return open_count_; }
  /// Memory of frames being received and of unsent responses.
  std::size_t bytes_in_flight() const { return frames_.bytes_in_use() + queued_bytes_; }
  Reactor& reactor() { return reactor_; }
  const ConnectionLimits& limits() const { return limits_; }

 private:
  friend class Connection;
  friend class Slot;
  struct Entry {
    std::unique_ptr<Connection> connection;
    std::uint32_t generation = 0;
    std::uint32_t next_free = 0;
  };

  void on_turn_end(TurnPhase phase) override;
  void send_all();
  void retire_closed();
  void resume_one_waiter();

  Connection* find(std::uint32_t index, std::uint32_t generation) const;
  std::uint32_t take_entry();
  void mark_dirty(Connection& connection);
  void forget(Connection& connection);
  bool has_memory_for(std::size_t bytes) const;

  static constexpr std::uint32_t kNone = 0xffffffff;

  Reactor& reactor_;
  FrameHandler& handler_;
  ConnectionLimits limits_;
  CloseObserver* observer_;
  LandingBuffer landing_;
  FramePool frames_;
  OutgoingPool outgoings_;
  std::vector<Entry> entries_;
  std::uint32_t first_free_ = kNone;
  std::size_t open_count_ = 0;
  std::size_t queued_bytes_ = 0;
  std::size_t granted_bytes_ = 0;  // of long frames being received
  std::vector<Connection*> dirty_;
  std::vector<Connection*> dirty_now_;
  std::vector<Connection*> waiters_;  // for memory, longest first
  std::vector<std::unique_ptr<Connection>> closed_;
  bool draining_ = false;
};

}  // namespace streamline::net
