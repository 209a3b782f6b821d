// The life of a connection: readiness, responding, limits, idling, closing. Receiving is in connection_inbox.cc.
#include "net/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include <utility>

#include "base/assert.h"
#include "base/log.h"
#include "net/connection_set.h"

namespace streamline::net {

// An idle connection has a place in the set's table and next to nothing else on the heap; it is meant to stay below 1 KiB.
static_assert(sizeof(Connection) <= 512);

Connection* Slot::connection() const { return set_ == nullptr ? nullptr : set_->find(index_, generation_); }

Connection::Connection(ConnectionSet& set, Descriptor socket, const ConnectionOrigin& origin, std::uint64_t id)
    : set_(set), socket_(std::move(socket)), origin_(origin), id_(id), opened_ms_(set.reactor().now_ms()), last_active_ms_(opened_ms_) {}

Connection::~Connection() = default;

Reactor& Connection::reactor() { return set_.reactor_; }

void Connection::on_ready(std::uint32_t events) {
  if (closed_) return;
  if (events == 0) return resume();
  if ((events & EPOLLOUT) != 0) {
    blocked_ = false;
    set_.mark_dirty(*this);
  }
  if (muted_ && (events & EPOLLRDHUP) != 0) {
    // Nobody is kept from sending any more: what came is handled, and the end is read, long before the time is over.
    has_peer_ended_ = true;
    return end_mute();
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
  if (may_read()) return receive();
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) close("the peer is gone");
}

bool Connection::may_dispatch() const {
  return !closed_ && !closing_ && !draining_ && !muted_ && responses_.size() < set_.limits_.max_in_flight_requests &&
         responses_.queued_bytes() < set_.limits_.max_queued_bytes;
}

void Connection::dispatch(MutableBytes frame) {
  set_.reactor_.counters().frames.add();
  Slot slot;
  slot.set_ = &set_;
  slot.index_ = index_;
  slot.generation_ = generation_;
  // Its first two bytes, which say to the rooms above what it is.
  const std::uint16_t kind = frame.size() < sizeof(kind) ? 0 : load_be<std::uint16_t>(frame.data());
  slot.sequence_ = responses_.open(kind, set_.reactor_.now_ms());
  set_.handler_.on_frame(*this, frame, slot);
}

void Connection::mute(std::int64_t for_ms) {
  const std::int64_t until_ms = set_.reactor_.now_ms() + for_ms;
  if (closed_ || has_peer_ended_ || for_ms <= 0 || (muted_ && until_ms <= muted_until_ms_)) return;
  muted_ = true;
  muted_until_ms_ = until_ms;
  set_.reactor_.schedule_in(mute_timer_, for_ms);
  set_.mark_dirty(*this);
}

void Connection::on_unmute(std::int64_t) { end_mute(); }

void Connection::end_mute() {
  mute_timer_.cancel();
  muted_ = false;
  last_active_ms_ = set_.reactor_.now_ms();
  if (held_back_ && may_dispatch()) run_again();
  set_.mark_dirty(*this);
}

// ---- responding

std::uint64_t Connection::checked(Slot slot) const {
  SL_ASSERT(slot.set_ == &set_ && slot.index_ == index_ && slot.generation_ == generation_ && !closed_);
  return slot.sequence_;
}

Outgoing& Connection::response(Slot slot) { return responses_.outgoing(checked(slot), set_.outgoings_); }
void Connection::complete(Slot slot) { finish(slot, ResponseState::complete); }
void Connection::complete_silently(Slot slot) { finish(slot, ResponseState::silent); }

void Connection::close_after(Slot slot) {
  closing_ = true;
  finish(slot, ResponseState::last);
}

void Connection::finish(Slot slot, ResponseState state) {
  SL_ASSERT(set_.reactor_.in_loop_thread());
  const std::uint64_t sequence = checked(slot);
  if (set_.limits_.slow_request_ms > 0) {
    const ResponseQueue::Age age = responses_.age(sequence, set_.reactor_.now_ms());
    if (age.ms >= set_.limits_.slow_request_ms) set_.handler_.on_slow(*this, age.kind, age.ms);
  }
  responses_.finish(sequence, state, set_.outgoings_);
  account();
  if (responses_.has_output()) set_.mark_dirty(*this);
}

void Connection::account() {
  set_.queued_bytes_ += responses_.queued_bytes() - accounted_bytes_;
  accounted_bytes_ = responses_.queued_bytes();
}

void Connection::flush() {
  if (closed_) return;
  if (!blocked_ && responses_.has_output()) {
    const std::size_t before = responses_.size();
    ReactorCounters& counters = set_.reactor_.counters();
    const std::uint64_t sent_before = counters.bytes_out.value();
    const SendOutcome outcome = responses_.send(socket_.number(), set_.outgoings_, counters);
    const int error_number = errno;
    bytes_out_ += counters.bytes_out.value() - sent_before;
    account();
    if (outcome == SendOutcome::failed) return close(::strerrordesc_np(error_number));
    if (outcome == SendOutcome::ended) return close("its last response has left");
    blocked_ = outcome == SendOutcome::blocked;
    if (!blocked_ || responses_.size() != before) last_active_ms_ = set_.reactor_.now_ms();
  }
  if (draining_ && responses_.is_empty()) return close("drained");
  if (held_back_ && may_dispatch()) run_again();
  update_interest();
}

void Connection::update_interest() {
  const std::uint32_t in = may_dispatch() && !waits_for_memory_ ? EPOLLIN : 0U;
  const std::uint32_t wanted = in | (blocked_ ? EPOLLOUT : 0U) | (muted_ ? EPOLLRDHUP : 0U);
  if (wanted == interest_) return;
  interest_ = wanted;
  set_.reactor_.modify(socket_.number(), wanted, *this);
}

void Connection::run_again() {
  if (resuming_) return;
  resuming_ = true;
  set_.reactor_.run_again(*this);
}

// ---- life

ConnectionUse Connection::use() const {
  const std::uint64_t requests = responses_.opened();
  return {.opened_ms = opened_ms_,
          .last_active_ms = last_active_ms_,
          .requests = requests,
          .unanswered = responses_.size(),
          .bytes_in = bytes_in_,
          .bytes_out = bytes_out_,
          .last_kind = requests == 0 ? std::nullopt : std::optional(responses_.last_kind()),
          .is_muted = muted_};
}

Status Connection::open(std::uint32_t index, std::uint32_t generation) {
  index_ = index;
  generation_ = generation;
  interest_ = EPOLLIN;
  if (set_.limits_.idle_timeout_ms > 0) set_.reactor_.schedule_in(idle_timer_, set_.limits_.idle_timeout_ms);
  return set_.reactor_.add(socket_.number(), interest_, *this);
}

void Connection::begin_drain() {
  draining_ = true;
  set_.mark_dirty(*this);
}

// The timer is not moved with every byte: when it fires, it looks how long ago the last one was.
void Connection::on_idle_check(std::int64_t now_ms) {
  const std::int64_t timeout = set_.limits_.idle_timeout_ms;
  // A finished response that has not been handed to the socket is ours too; one that the client does not take is not.
  const bool is_our_turn = responses_.open_count() > 0 || waits_for_memory_ || muted_ || (responses_.size() > 0 && !blocked_);
  if (!is_our_turn && now_ms - last_active_ms_ >= timeout) {
    set_.reactor_.counters().closed_idle.add();
    return close("idle");
  }
  set_.reactor_.timers().schedule(idle_timer_, is_our_turn ? now_ms + timeout : last_active_ms_ + timeout);
}

void Connection::close(std::string_view reason) {
  SL_ASSERT(set_.reactor_.in_loop_thread());
  if (closed_) return;
  closed_ = true;
  log::debug("net", "closed connection={} peer={} reason=\"{}\"", id_, origin_.peer.to_string(), reason);
  idle_timer_.cancel();
  mute_timer_.cancel();
  set_.reactor_.remove(socket_.number(), *this);
  socket_.reset();
  responses_.clear(set_.outgoings_);
  account();
  if (waits_for_memory_) std::erase(set_.waiters_, this);
  release_inbox();
  set_.forget(*this);
}

}  // namespace streamline::net
