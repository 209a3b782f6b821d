// ResponseQueue: the responses of one connection in request order. Slots are finished in any order and leave in theirs.
//
//   first_ .. next_:  | complete | silent | open | complete | open |     only the finished ones in front can leave
//
// Belongs to its connection's reactor.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "net/counters.h"
#include "net/outgoing_pool.h"

namespace streamline::net {

enum class ResponseState : std::uint8_t {
  open,
  complete,
  silent,  ///< there is no response
  last,    ///< complete, and nothing follows
};

enum class SendOutcome : std::uint8_t {
  idle,     ///< everything that may leave has left
  blocked,  ///< the socket takes no more now
  ended,    ///< the last response has left
  failed,   ///< the peer is gone, or a file could not be read: errno says
};

class ResponseQueue {
 public:
  /// Makes a slot; sequences count from 0. `kind` is its request's, for Age.
  std::uint64_t open(std::uint16_t kind, std::int64_t now_ms);
  struct Age {
    std::uint16_t kind = 0;
    std::int64_t ms = 0;
  };
  /// How long a slot has been there; right up to seven weeks.
  Age age(std::uint64_t sequence, std::int64_t now_ms) const;
  bool is_open(std::uint64_t sequence) const;
  /// The response of an open slot, taken from `pool` at the first call.
  Outgoing& outgoing(std::uint64_t sequence, OutgoingPool& pool);
  /// `state` is any but open. Without a response taken, complete means silent.
  void finish(std::uint64_t sequence, ResponseState state, OutgoingPool& pool);
  /// Sends what may leave, until the socket is full.
  SendOutcome send(int socket, OutgoingPool& pool, ReactorCounters& counters);
  void clear(OutgoingPool& pool);

  /// Slots made so far.
  std::uint64_t opened() const { return next_; }
  /// That of the last slot made; there is one.
  std::uint16_t last_kind() const { return at(next_ - 1).kind; }

  bool has_output() const { return first_ != next_ && at(first_).state != ResponseState::open; }
  bool is_empty() const { return first_ == next_; }
  /// Slots whose response has not left yet.
  std::size_t size() const { return static_cast<std::size_t>(next_ - first_); }
  /// Of these, not finished.
  std::size_t open_count() const { return open_count_; }
  /// Memory of finished responses that have not left.
  std::size_t queued_bytes() const { return queued_bytes_; }

 private:
  static constexpr std::size_t kPiecesPerSend = 256;
  using Pieces = std::array<iovec, kPiecesPerSend>;
  struct Response {
    std::unique_ptr<Outgoing> outgoing;
    ResponseState state = ResponseState::open;
    std::uint16_t kind = 0;
    std::uint32_t opened_ms = 0;  // the low half of the time
  };
  struct Gathered {
    std::size_t pieces = 0;
    std::size_t bytes = 0;
    int flags = 0;
  };

  Response& at(std::uint64_t sequence) { return ring_[sequence & (ring_.size() - 1)]; }
  const Response& at(std::uint64_t sequence) const { return ring_[sequence & (ring_.size() - 1)]; }
  void grow();
  bool pop_finished(OutgoingPool& pool);
  Gathered gather(Pieces& pieces) const;
  SendOutcome send_memory(int socket, OutgoingPool& pool, ReactorCounters& counters);
  SendOutcome send_file(int socket, OutgoingPool& pool, ReactorCounters& counters);
  void advance(std::size_t count, OutgoingPool& pool);

  std::vector<Response> ring_;  // a power of two; grows to the limit of requests in flight
  std::uint64_t first_ = 0;
  std::uint64_t next_ = 0;
  Outgoing::Cursor cursor_;  // in the first response
  std::size_t open_count_ = 0;
  std::size_t queued_bytes_ = 0;
  bool ended_ = false;
};

}  // namespace streamline::net
