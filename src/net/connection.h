// Connection: one client's socket as frames in and responses out, in request order (rule 1), whatever order they are completed in.
// Invariants: the inbox begins at a frame's border; while reading it holds at most one partial frame; a frame's bytes stay where they
// are until TurnPhase::recycle; a closed connection lives until TurnPhase::retire. Belongs to its reactor's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "async/timer_wheel.h"
#include "base/bytes.h"
#include "net/address.h"
#include "net/descriptor.h"
#include "net/frame_handler.h"
#include "net/frame_memory.h"
#include "net/outgoing.h"
#include "net/reactor.h"
#include "net/response_queue.h"

namespace streamline::net {

class ConnectionSet;

/// Where a connection came from. The listener's name must outlive the connection.
struct ConnectionOrigin {
  std::string_view listener_name;
  Address local;
  Address peer;
};

/// What a connection has done so far. Times are the reactor's.
struct ConnectionUse {
  std::int64_t opened_ms = 0;
  std::int64_t last_active_ms = 0;
  std::uint64_t requests = 0;
  std::size_t unanswered = 0;  ///< of these, without a response that has left
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::optional<std::uint16_t> last_kind{};  ///< the first two bytes of the newest request
  bool is_muted = false;
};

class Connection final : public Handler {
 public:
  Connection(ConnectionSet& set, Descriptor socket, const ConnectionOrigin& origin, std::uint64_t id);
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
  /// Answers leave, and nothing more is read until this long from now; a longer silence that was asked for before stays (KIP-219). It ends
  /// when the peer has sent all that it ever will.
  void mute(std::int64_t for_ms);
  /// Closes now; what was not sent is lost. on_close is called before this returns. Harmless when already closed.
  void close(std::string_view reason);

  /// Unique in this process, never reused.
  std::uint64_t id() const { return id_; }
  const Address& local_address() const { return origin_.local; }
  const Address& peer_address() const { return origin_.peer; }
  std::string_view listener_name() const { return origin_.listener_name; }
  Reactor& reactor();
  bool is_closed() const { return closed_; }
  /// Requests handed out and not yet completed.
  std::size_t open_slots() const { return responses_.open_count(); }
  ConnectionUse use() const;
  /// Unsent response bytes held in memory.
  std::size_t queued_bytes() const { return responses_.queued_bytes(); }

  /// For the room above; net never looks at it.
  void set_user_data(void* data) { user_data_ = data; }
  void* user_data() const { return user_data_; }

 private:
  friend class ConnectionSet;
  friend class Slot;
  /// Up to this length a frame needs no leave from the reactor's memory limit.
  static constexpr std::size_t kUngrantedBytes = 64 * 1024;

  void on_ready(std::uint32_t events) override;

  // receiving (connection_inbox.cc)
  void receive();
  void take_in(std::size_t count, std::size_t own_bytes, MutableBytes landing);
  MutableBytes complete_inbox(MutableBytes landed);
  void settle_inbox();
  MutableBytes dispatch_frames(MutableBytes bytes);
  std::size_t frame_bytes(const std::byte* prefix);
  MutableBytes missing_part();
  void hold(ByteView bytes, std::size_t capacity);
  void release_inbox();
  bool reserve(std::size_t whole);
  void resume();
  void run_again();
  void dispatch(MutableBytes frame);
  bool may_dispatch() const;
  bool may_read() const { return may_dispatch() && !held_back_ && !waits_for_memory_; }

  // responding
  std::uint64_t checked(Slot slot) const;
  void finish(Slot slot, ResponseState state);
  void flush();
  void account();
  void update_interest();

  // life
  Status open(std::uint32_t index, std::uint32_t generation);
  void begin_drain();
  void on_idle_check(std::int64_t now_ms);
  void on_unmute(std::int64_t now_ms);
  void end_mute();

  ConnectionSet& set_;
  Descriptor socket_;
  ConnectionOrigin origin_;
  std::uint64_t id_;
  void* user_data_ = nullptr;
  std::uint32_t index_ = 0;       // in the set's table
  std::uint32_t generation_ = 0;  // of that entry
  std::uint32_t interest_ = 0;    // what epoll watches
  bool closed_ = false;
  bool dirty_ = false;     // on the set's list for this turn's send
  bool resuming_ = false;  // run_again() was asked for
  bool blocked_ = false;   // the socket took no more
  bool closing_ = false;   // close_after() was asked for
  bool draining_ = false;
  bool held_back_ = false;         // the inbox holds frames that limits kept from being handled
  bool muted_ = false;             // until the timer says otherwise
  bool has_peer_ended_ = false;    // seen while muted: it sends nothing more
  bool waits_for_memory_ = false;  // the inbox holds the beginning of a frame that the reactor has no memory for now

  FrameMemory inbox_;
  std::size_t inbox_begin_ = 0;
  std::size_t inbox_end_ = 0;
  std::size_t granted_bytes_ = 0;  // of the reactor's memory, for the frame that is being received
  std::size_t waited_bytes_ = 0;   // asked for and not yet granted

  ResponseQueue responses_;
  std::size_t accounted_bytes_ = 0;  // of queued_bytes(), what the set has counted

  const std::int64_t opened_ms_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  std::int64_t last_active_ms_;
  MemberTimer<Connection, &Connection::on_idle_check> idle_timer_{*this};
  std::int64_t muted_until_ms_ = 0;
  MemberTimer<Connection, &Connection::on_unmute> mute_timer_{*this};
};

}  // namespace streamline::net
