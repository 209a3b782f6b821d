// Gathers finished responses into one send, or hands a file's run to sendfile, and keeps the place where the socket was full.
#include "net/response_queue.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "fs/file.h"

namespace streamline::net {

namespace {

constexpr std::size_t kFirstRing = 4;

bool would_block(int error_number) { return error_number == EAGAIN || error_number == EWOULDBLOCK || error_number == EINTR; }

}  // namespace

std::uint64_t ResponseQueue::open(std::uint16_t kind, std::int64_t now_ms) {
  if (size() == ring_.size()) grow();
  Response& response = at(next_);
  response.state = ResponseState::open;
  response.kind = kind;
  response.opened_ms = static_cast<std::uint32_t>(now_ms);
  ++open_count_;
  return next_++;
}

ResponseQueue::Age ResponseQueue::age(std::uint64_t sequence, std::int64_t now_ms) const {
  const Response& response = at(sequence);
  return {.kind = response.kind, .ms = std::int64_t{static_cast<std::uint32_t>(now_ms) - response.opened_ms}};
}

void ResponseQueue::grow() {
  std::vector<Response> larger(std::max(kFirstRing, ring_.size() * 2));
  for (std::uint64_t sequence = first_; sequence != next_; ++sequence) {
    larger[sequence & (larger.size() - 1)] = std::move(at(sequence));
  }
  ring_ = std::move(larger);
}

bool ResponseQueue::is_open(std::uint64_t sequence) const {
  return sequence >= first_ && sequence < next_ && at(sequence).state == ResponseState::open;
}

Outgoing& ResponseQueue::outgoing(std::uint64_t sequence, OutgoingPool& pool) {
  SL_ASSERT(is_open(sequence));
  Response& response = at(sequence);
  if (!response.outgoing) response.outgoing = pool.take();
  return *response.outgoing;
}

void ResponseQueue::finish(std::uint64_t sequence, ResponseState state, OutgoingPool& pool) {
  SL_ASSERT(is_open(sequence) && state != ResponseState::open);
  Response& response = at(sequence);
  response.state = state;
  --open_count_;
  if (!response.outgoing) return;
  if (state == ResponseState::silent) {
    pool.give_back(std::move(response.outgoing));
    return;
  }
  response.outgoing->seal();
  queued_bytes_ += response.outgoing->memory_bytes();
}

// Removes finished responses in front of which nothing is left to send; true when one in front still has something.
bool ResponseQueue::pop_finished(OutgoingPool& pool) {
  while (has_output() && !ended_) {
    Response& response = at(first_);
    if (response.outgoing) {
      if (response.outgoing->piece_at(cursor_).length() != 0) return true;
      queued_bytes_ -= response.outgoing->memory_bytes();
      pool.give_back(std::move(response.outgoing));
      cursor_ = {};
    }
    ended_ = response.state == ResponseState::last;
    ++first_;
  }
  return false;
}

ResponseQueue::Gathered ResponseQueue::gather(Pieces& pieces) const {
  Gathered gathered;
  Outgoing::Cursor cursor = cursor_;
  for (std::uint64_t sequence = first_; sequence != next_; ++sequence, cursor = {}) {
    const Response& response = at(sequence);
    if (response.state == ResponseState::open) return gathered;
    if (!response.outgoing) {
      if (response.state == ResponseState::last) return gathered;
      continue;
    }
    for (auto piece = response.outgoing->piece_at(cursor); piece.length() != 0; piece = response.outgoing->piece_at(cursor)) {
      if (piece.run != nullptr || gathered.pieces == pieces.size()) {
        gathered.flags = MSG_MORE;  // a file or the next pieces follow at once: no small packet in between
        return gathered;
      }
      pieces[gathered.pieces++] = {.iov_base = const_cast<std::byte*>(piece.bytes.data()), .iov_len = piece.bytes.size()};
      gathered.bytes += piece.bytes.size();
      response.outgoing->advance(cursor, piece.bytes.size());
    }
    if (response.state == ResponseState::last) return gathered;
  }
  return gathered;
}

SendOutcome ResponseQueue::send_memory(int socket, OutgoingPool& pool, ReactorCounters& counters) {
  Pieces pieces;
  const Gathered gathered = gather(pieces);
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = gathered.pieces;
  counters.sends.add();
  const ssize_t sent = ::sendmsg(socket, &message, gathered.flags | MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return would_block(errno) ? SendOutcome::blocked : SendOutcome::failed;
  counters.bytes_out.add(static_cast<std::uint64_t>(sent));
  advance(static_cast<std::size_t>(sent), pool);
  return static_cast<std::size_t>(sent) == gathered.bytes ? SendOutcome::idle : SendOutcome::blocked;
}

SendOutcome ResponseQueue::send_file(int socket, OutgoingPool& pool, ReactorCounters& counters) {
  const Outgoing::Piece piece = at(first_).outgoing->piece_at(cursor_);
  auto position = static_cast<off_t>(piece.run->position + piece.run_skip);
  const std::size_t length = piece.length();
  counters.sendfiles.add();
  const ssize_t sent = ::sendfile(socket, piece.run->file->descriptor(), &position, length);
  if (sent < 0) return would_block(errno) ? SendOutcome::blocked : SendOutcome::failed;
  if (sent == 0) {  // the file became shorter after its length was promised
    errno = EIO;
    return SendOutcome::failed;
  }
  counters.bytes_out.add(static_cast<std::uint64_t>(sent));
  advance(static_cast<std::size_t>(sent), pool);
  return static_cast<std::size_t>(sent) == length ? SendOutcome::idle : SendOutcome::blocked;
}

void ResponseQueue::advance(std::size_t count, OutgoingPool& pool) {
  while (count > 0) {
    const bool some = pop_finished(pool);
    SL_ASSERT(some);
    const Outgoing& outgoing = *at(first_).outgoing;
    const std::size_t step = std::min(count, outgoing.piece_at(cursor_).length());
    outgoing.advance(cursor_, step);
    count -= step;
  }
}

SendOutcome ResponseQueue::send(int socket, OutgoingPool& pool, ReactorCounters& counters) {
  while (pop_finished(pool)) {
    const bool is_file = at(first_).outgoing->piece_at(cursor_).run != nullptr;
    const SendOutcome outcome = is_file ? send_file(socket, pool, counters) : send_memory(socket, pool, counters);
    if (outcome != SendOutcome::idle) {
      pop_finished(pool);
      return outcome;
    }
  }
  return ended_ ? SendOutcome::ended : SendOutcome::idle;
}

void ResponseQueue::clear(OutgoingPool& pool) {
  for (; first_ != next_; ++first_) {
    if (at(first_).outgoing) pool.give_back(std::move(at(first_).outgoing));
  }
  cursor_ = {};
  open_count_ = 0;
  queued_bytes_ = 0;
}

}  // namespace streamline::net
