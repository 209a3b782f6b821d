// One connection of the load: replays pre-encoded requests without copying them and reads the answers in order.
#pragma once

#include <array>
#include <deque>

#include "common/sockets.h"
#include "common/wire.h"

namespace streamline::bench {

/// What one answer brought.
struct Completion {
  std::int64_t start_ns = 0;  ///< as given to `queue`
  std::size_t records_bytes = 0;
};

/// Not blocking; one thread. The requests given to `queue` outlive their answers.
class Connection {
 public:
  explicit Connection(Fd socket) : socket_(std::move(socket)) {}

  int fd() const { return socket_.get(); }
  std::size_t in_flight() const { return awaited_.size(); }

  /// `start_ns` is when the request was (or should have been) sent.
  void queue(const Request& request, std::int64_t start_ns);
  /// Sends what the socket takes; `wants_write()` says whether something stayed behind.
  Status flush();
  bool wants_write() const { return !outgoing_.empty(); }
  /// One receive into `landing`; appends the finished answers. An answer with an error code is Errc::conflict naming it.
  Status receive(MutableBytes landing, std::vector<Completion>& done);

 private:
  struct Outgoing {
    const Request* request;
    std::int32_t correlation_id;
  };
  struct Awaited {
    std::int16_t key;
    std::int64_t start_ns;
  };

  Status take_head(ByteView& bytes, std::vector<Completion>& done);
  Status read_head(std::vector<Completion>& done);
  void drop_sent(std::size_t bytes);

  Fd socket_;
  std::deque<Outgoing> outgoing_;
  std::size_t sent_of_front_ = 0;
  std::int32_t next_correlation_id_ = 0;

  std::deque<Awaited> awaited_;
  std::int32_t awaited_correlation_id_ = 0;
  std::array<std::byte, sizeof(std::int32_t) + kAnswerHead> head_{};
  std::size_t head_bytes_ = 0;
  std::size_t skip_ = 0;  ///< bytes of the current answer behind its head
  Completion current_;
};

}  // namespace streamline::bench
