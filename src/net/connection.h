// Connection: one client's socket as frames in and responses out, in request order (rule 1), whatever order they are completed in.
// Invariants: slots [first_sequence_, next_sequence_) are open; the inbox begins at a frame's border; a frame's bytes stay where
// they are until TurnPhase::recycle. Belongs to its reactor's thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "async/timer_wheel.h"
#include "base/bytes.h"
#include "net/address.h"
#include "net/descriptor.h"
#include "net/frame_handler.h"
#include "net/frame_memory.h"
#include "net/outgoing.h"
#include "net/reactor.h"

namespace streamline::net {

class ConnectionSet;

/// Where a connection came from. The listener's name must outlive the connection.
struct ConnectionOrigin {
  std::string_view listener_name;
  Address local;
  Address peer;
};

class Connection final : public Handler {
 public:
  Connection(ConnectionSet& set, Descriptor socket, const ConnectionOrigin& origin);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The buffer to fill for an open slot; the same one until it is completed.
  Outgoing& response(Slot slot);
  /// The response is finished; it leaves at the end of the turn in which all before it are finished too.
  void complete(Slot slot);
  /// This request has no response (acks=0).
  void complete_silently(Slot slot);
  /// As complete(), and the connection closes once it has left. Nothing more is read from now on; later slots get no answer.
  void close_after(Slot slot);
  /// Closes now; what was not sent is lost. on_close is called before this returns. Harmless when already closed.
  void close(std::string_view reason);

  /// Unique in this process, never reused.
  std::uint64_t id() const { return id_; }
  const Address& local_address() const { return origin_.local; }
  const Address& peer_address() const { return origin_.peer; }
  std::string_view listener_name() const { return origin_.listener_name; }
  Reactor& reactor();
  bool is_closed() const { return closed_; }
  std::size_t open_slots() const { return static_cast<std::size_t>(next_sequence_ - first_sequence_); }
  std::size_t queued_bytes() const { return queued_bytes_; }

  /// For the room above; net never looks at it.
  void set_user_data(void* data) { user_data_ = data; }
  void* user_data() const { return user_data_; }

 private:
  friend class ConnectionSet;
  friend class Slot;
  enum class SlotState : std::uint8_t { open, complete, silent, last };
  struct Response {
    Outgoing* outgoing = nullptr;
    SlotState state = SlotState::open;
  };

  void on_ready(std::uint32_t events) override;

  // receiving
  void receive();
  void consume_landing(MutableBytes received);
  MutableBytes handle_frames(MutableBytes bytes);
  bool dispatch_inbox();
  bool keep_rest(MutableBytes rest);
  bool check_length(const std::byte* prefix, std::size_t& frame_bytes);
  bool may_read() const;
  void update_interest();

  // responding
  Response& at(std::uint64_t sequence) { return ring_[sequence & (ring_.size() - 1)]; }
  Response& open_response(Slot slot);
  Slot open_slot();
  void finish(Slot slot, SlotState state);
  void flush();
  void settle();
  bool has_output() const;
  void pop_first();

  // life
  void begin_drain();
  void close_if_drained();
  void on_idle_check(std::int64_t now_ms);

  ConnectionSet& set_;
  Descriptor socket_;
  ConnectionOrigin origin_;
  std::uint64_t id_;
  void* user_data_ = nullptr;
  std::uint32_t index_ = 0;       // in the set's table
  std::uint32_t generation_ = 0;  // of that entry
  std::uint32_t interest_ = 0;    // what epoll watches
  bool closed_ = false;
  bool dirty_ = false;    // on the set's list for this turn's send
  bool blocked_ = false;  // the socket took no more
  bool closing_ = false;  // close_after() was asked for
  bool draining_ = false;
  bool waits_for_memory_ = false;

  FrameMemory inbox_;  // a partial frame, or frames that limits held back
  std::size_t inbox_begin_ = 0;
  std::size_t inbox_end_ = 0;

  std::vector<Response> ring_;  // power of two, grows to the in-flight limit
  std::uint64_t first_sequence_ = 0;
  std::uint64_t next_sequence_ = 0;
  std::size_t sent_of_first_ = 0;  // bytes of the first response that are already out
  std::size_t queued_bytes_ = 0;

  std::int64_t last_active_ms_;
  MemberTimer<Connection, &Connection::on_idle_check> idle_timer_{*this};
};

}  // namespace streamline::net
