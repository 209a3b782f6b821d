// Holding and sending the answers of coordinators.
#include "broker/coordinator/desk.h"

#include <algorithm>

#include "base/assert.h"
#include "broker/broker.h"
#include "broker/coordinator/coordinators.h"
#include "broker/shard.h"
#include "net/connection.h"

namespace streamline::broker {

using wire::ErrorCode;

void deliver_answers(Broker& broker, CoordinatorPartition& partition, DueAnswers& due, Shard* here) {
  const int own = here != nullptr ? here->index() : -1;
  const auto is_foreign = [own](const coordinator::Answer& answer) { return TicketTable::reactor_of(answer.ticket) != own; };
  while (true) {
    const auto foreign = std::ranges::find_if(due.answers, is_foreign);
    if (foreign == due.answers.end()) return;
    const int reactor = TicketTable::reactor_of(foreign->ticket);
    DueAnswers theirs{.answers = {}, .durable_at = due.durable_at, .generation = due.generation, .failure = due.failure};
    for (coordinator::Answer& answer : due.answers) {
      if (TicketTable::reactor_of(answer.ticket) == reactor) theirs.answers.push_back(std::move(answer));
    }
    std::erase_if(due.answers, [reactor](const coordinator::Answer& answer) { return TicketTable::reactor_of(answer.ticket) == reactor; });
    // A reactor that has ended has no connections left either.
    if (Shard* shard = broker.shard(reactor)) shard->deliver_answers(partition, std::move(theirs));
  }
}

Desk::Desk(Shard& shard) : shard_(shard), tickets_(shard.index()) { turn_.here = &shard; }

Desk::~Desk() = default;

coordinator::Now Desk::now() const { return {.monotonic_ms = shard_.reactor().now_ms(), .wall_ms = shard_.reactor().wall_ms()}; }

Desk::Seat& Desk::seat(CoordinatorPartition& partition) {
  std::unique_ptr<Seat>& seat = seats_[&partition];
  if (seat == nullptr) seat = std::make_unique<Seat>(*this, partition);
  return *seat;
}

void Desk::touch(CoordinatorPartition& partition) {
  Seat& touched = seat(partition);
  if (touched.touched) return;
  touched.touched = true;
  touched_.push_back(&touched);
}

ErrorCode Desk::refusal(CoordinatorPartition& partition, Access access) {
  // It may have been given up just now; then those who are parked there have to be told.
  touch(partition);
  switch (access) {
    case Access::ran: break;
    case Access::must_load: partition.coordinators().start_loads(partition); return ErrorCode::coordinator_load_in_progress;
    case Access::loading: return ErrorCode::coordinator_load_in_progress;
    case Access::refused: return coordinator::coordinator_error(ErrorCode::kafka_storage_error);
    case Access::stopped: return ErrorCode::not_coordinator;
  }
  return ErrorCode::none;
}

void Desk::end_of_turn() {
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    touched_[i]->touched = false;
    finish_turn(*touched_[i]);
  }
  touched_.clear();
  for (std::size_t i = 0; i < to_release_.size(); ++i) to_release_[i]->release();
  to_release_.clear();
}

void Desk::finish_turn(Seat& seat) {
  CoordinatorPartition& partition = seat.partition();
  turn_.clear();
  partition.finish_turn(now(), turn_);
  if (turn_.wake_at) seat.wake_at(*turn_.wake_at);
  if (turn_.visible_bytes > 0) shard_.broker().tell_progress(partition.partition(), turn_.visible_bytes, &shard_);
  deliver_answers(shard_.broker(), partition, turn_.settled, &shard_);
  settle(partition, turn_.settled);
  deliver_answers(shard_.broker(), partition, turn_.due, &shard_);
  settle(partition, turn_.due);
  if (turn_.has_orders) seat.carry_out();
  if (turn_.must_reload) partition.coordinators().reload(partition);
}

void Desk::settle(CoordinatorPartition& partition, DueAnswers& due) {
  const storage::Log& log = partition.partition().log();
  const bool durable = due.failure != ErrorCode::none || (log.high_watermark() >= due.durable_at && log.generation() == due.generation);
  for (coordinator::Answer& answer : due.answers) {
    if (durable) {
      part_done(partition, std::move(answer), due.failure);
    } else {
      seat(partition).hold(std::move(answer), due);
    }
  }
}

void Desk::take(CoordinatorPartition& partition, DueAnswers due) { settle(partition, due); }

void Desk::wake(CoordinatorPartition& partition, std::int64_t monotonic_ms) { seat(partition).wake_at(monotonic_ms); }

void Desk::carry_out(CoordinatorPartition& partition) { seat(partition).carry_out(); }

/// The answer leaves with its last part.
void Desk::part_done(const CoordinatorPartition& partition, coordinator::Answer answer, ErrorCode failure) {
  OwedAnswer& owed = tickets_.at(answer.ticket);
  if (failure != ErrorCode::none) owed.failure = failure;
  if (--owed.parts > 0) return;
  if (!owed.body.empty()) answer.body = std::move(owed.body);
  const OwedAnswer last = std::move(owed);
  tickets_.close(answer.ticket);
  if (last.asker != nullptr) return last.asker->on_durable(last.failure);
  send(last, last.failure == ErrorCode::none ? answer : partition.failed(answer, last.failure));
}

void Desk::reply(const coordinator::Answer& answer) {
  const OwedAnswer owed = std::move(tickets_.at(answer.ticket));
  tickets_.close(answer.ticket);
  send(owed, answer);
}

void Desk::send(const OwedAnswer& owed, const coordinator::Answer& answer) {
  net::Connection* connection = owed.slot.connection();
  // Whoever asked is gone, and the coordinator does not care (kafka-rules 114).
  if (connection == nullptr) return;
  if (answer.body.size() > kMaxReplyBytes) return connection->close("the answer to a request would be too large");
  const ResponsePrefix prefix(answer.api, answer.version, owed.correlation_id);
  wire::Writer writer(connection->response(owed.slot).extend(prefix.size() + answer.body.size()));
  prefix.write(writer);
  writer.raw(answer.body);
  connection->complete(owed.slot);
}

void Desk::shut_down() {
  touched_.clear();
  to_release_.clear();
  seats_.clear();
  tickets_.clear();
}

void Desk::Seat::hold(coordinator::Answer answer, const DueAnswers& due) {
  held_.push_back({.answer = std::move(answer), .durable_at = due.durable_at, .generation = due.generation});
  listen();
}

void Desk::Seat::carry_out() {
  orders_wait_ = partition_.carry_out(desk_.shard_);
  if (orders_wait_) listen();
}

void Desk::Seat::listen() {
  if (linked()) return;
  desk_.shard_.waiters().add(partition_.partition(), *this);
  // The sync may have ended between the look and the listening.
  on_progress(0);
}

void Desk::Seat::on_progress(std::int64_t) {
  if (queued_ || !waits()) return;
  queued_ = true;
  desk_.to_release_.push_back(this);
}

void Desk::Seat::release() {
  queued_ = false;
  Partition& partition = partition_.partition();
  const storage::Log& log = partition.log();
  const Offset durable = log.high_watermark();
  // Read after the watermark: one of this generation is the records' own.
  const std::uint64_t generation = log.generation();
  const bool lost = log.is_stopped() || partition.closed();
  const auto failure = coordinator::coordinator_error(ErrorCode::kafka_storage_error);
  const auto still_waits = [&](const Held& held) { return !lost && held.generation == generation && held.durable_at > durable; };
  const auto kept = std::ranges::partition(held_, still_waits);
  for (Held& held : kept) {
    const bool written = held.generation == generation && held.durable_at <= durable;
    desk_.part_done(partition_, std::move(held.answer), written ? ErrorCode::none : failure);
  }
  held_.erase(kept.begin(), kept.end());
  if (orders_wait_) orders_wait_ = partition_.carry_out(desk_.shard_);
  if (!waits()) unlink();
  if (!partition_.lost_its_log()) return;
  desk_.finish_turn(*this);
}

void Desk::Seat::wake_at(std::int64_t monotonic_ms) {
  if (timer_.is_scheduled() && timer_.deadline_ms() <= monotonic_ms) return;
  desk_.shard_.reactor().timers().schedule(timer_, monotonic_ms);
}

void Desk::Seat::on_wake(std::int64_t now_ms) {
  partition_.woken(now_ms);
  desk_.touch(partition_);
}

Reading::Reading(Request& request)
    : request_(request), desk_(request.shard().desk()), ticket_(desk_.tickets_.open(request.slot(), request.header().correlation_id)) {}

Reading::~Reading() { SL_ASSERT(replied_); }

coordinator::Answer Reading::marker() const {
  return {.ticket = ticket_, .api = static_cast<wire::ApiKey>(request_.header().api_key), .version = request_.version(), .body = {}};
}

}  // namespace streamline::broker
