// The table of connections, the work at a turn's end, and who may have memory next.
#include "net/connection_set.h"

#include <atomic>
#include <utility>

#include "base/assert.h"

namespace streamline::net {

namespace {

std::uint64_t next_connection_id() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

ConnectionSet::ConnectionSet(Reactor& reactor, FrameHandler& handler, const ConnectionLimits& limits, CloseObserver* observer)
    : reactor_(reactor),
      handler_(handler),
      limits_(limits),
      observer_(observer),
      landing_(limits.landing_bytes),
      frames_(limits.pool_bytes),
      outgoings_(limits.pool_bytes) {
  for (const TurnPhase phase : {TurnPhase::send, TurnPhase::recycle, TurnPhase::retire}) reactor_.add_hook(phase, *this);
}

ConnectionSet::~ConnectionSet() {
  close_all("the server ends");
  reactor_.remove_hook(*this);
}

std::uint32_t ConnectionSet::take_entry() {
  if (first_free_ == kNone) {
    SL_ASSERT(entries_.size() < kNone);
    entries_.emplace_back();
    return static_cast<std::uint32_t>(entries_.size() - 1);
  }
  return std::exchange(first_free_, entries_[first_free_].next_free);
}

Status ConnectionSet::adopt(Descriptor socket, const ConnectionOrigin& origin) {
  SL_ASSERT(reactor_.in_loop_thread());
  auto connection = std::make_unique<Connection>(*this, std::move(socket), origin, next_connection_id());
  const std::uint32_t index = take_entry();
  Entry& entry = entries_[index];
  if (Status opened = connection->open(index, entry.generation); !opened) {
    entry.next_free = std::exchange(first_free_, index);
    return opened;
  }
  Connection& adopted = *connection;
  entry.connection = std::move(connection);
  ++open_count_;
  reactor_.counters().opened.add();
  handler_.on_open(adopted);
  if (draining_ && !adopted.is_closed()) adopted.begin_drain();
  return {};
}

Connection* ConnectionSet::find(std::uint32_t index, std::uint32_t generation) const {
  const Entry& entry = entries_[index];
  return entry.generation == generation ? entry.connection.get() : nullptr;
}

void ConnectionSet::mark_dirty(Connection& connection) {
  if (std::exchange(connection.dirty_, true)) return;
  dirty_.push_back(&connection);
}

// The connection has just closed. It is destroyed at the turn's end, since it may be on the stack.
void ConnectionSet::forget(Connection& connection) {
  Entry& entry = entries_[connection.index_];
  closed_.push_back(std::move(entry.connection));
  ++entry.generation;
  entry.next_free = std::exchange(first_free_, connection.index_);
  --open_count_;
  reactor_.counters().closed.add();
  handler_.on_close(connection);
  if (observer_ != nullptr) observer_->on_connection_gone(connection.origin_);
}

void ConnectionSet::drain() {
  SL_ASSERT(reactor_.in_loop_thread());
  draining_ = true;
  for (const Entry& entry : entries_) {
    if (entry.connection) entry.connection->begin_drain();
  }
}

void ConnectionSet::close_all(std::string_view reason) {
  SL_ASSERT(reactor_.in_loop_thread());
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].connection) entries_[i].connection->close(reason);
  }
}

void ConnectionSet::on_turn_end(TurnPhase phase) {
  switch (phase) {
    case TurnPhase::work: return;
    case TurnPhase::send: return send_all();
    case TurnPhase::recycle:
      landing_.reset();
      frames_.recycle();
      return;
    case TurnPhase::retire: return retire_closed();
  }
}

void ConnectionSet::send_all() {
  // A connection that closes here may let the room above complete responses of others; each round needs such a close, so it ends.
  while (!dirty_.empty()) {
    dirty_now_.swap(dirty_);
    for (Connection* connection : dirty_now_) {
      connection->dirty_ = false;
      connection->flush();
    }
    dirty_now_.clear();
  }
}

void ConnectionSet::retire_closed() {
  // on_close() of the room above may have marked one that closes; dirty_ must not point at what goes now.
  std::erase_if(dirty_, [](const Connection* connection) { return connection->is_closed(); });
  closed_.clear();
  resume_one_waiter();
}

// One a turn: the next is asked when this one's share is known.
void ConnectionSet::resume_one_waiter() {
  if (waiters_.empty() || !has_memory_for(waiters_.front()->waited_bytes_)) return;
  Connection* connection = waiters_.front();
  waiters_.erase(waiters_.begin());
  connection->run_again();
}

// While no long frame is being received one is always let in, however large: the limit slows down, it never locks up.
bool ConnectionSet::has_memory_for(std::size_t bytes) const {
  return granted_bytes_ == 0 || bytes_in_flight() + bytes <= limits_.max_reactor_bytes;
}

}  // namespace streamline::net
