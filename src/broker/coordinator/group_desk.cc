// Holding and sending the answers of groups.
#include "broker/coordinator/group_desk.h"

#include <algorithm>

#include "base/assert.h"
#include "broker/broker.h"
#include "broker/coordinator/group_coordinators.h"
#include "broker/shard.h"
#include "net/connection.h"

namespace streamline::broker {

using wire::ErrorCode;

void deliver_answers(Broker& broker, GroupPartition& partition, GroupAnswers& due, Shard* here) {
  const int own = here != nullptr ? here->index() : -1;
  const auto is_foreign = [own](const groups::Answer& answer) { return TicketTable::reactor_of(answer.ticket) != own; };
  while (true) {
    const auto foreign = std::ranges::find_if(due.answers, is_foreign);
    if (foreign == due.answers.end()) return;
    const int reactor = TicketTable::reactor_of(foreign->ticket);
    GroupAnswers theirs{.answers = {}, .durable_at = due.durable_at, .failure = due.failure};
    for (groups::Answer& answer : due.answers) {
      if (TicketTable::reactor_of(answer.ticket) == reactor) theirs.answers.push_back(std::move(answer));
    }
    std::erase_if(due.answers, [reactor](const groups::Answer& answer) { return TicketTable::reactor_of(answer.ticket) == reactor; });
    // A reactor that has ended has no connections left either.
    if (Shard* shard = broker.shard(reactor)) shard->deliver_group_answers(partition, std::move(theirs));
  }
}

GroupDesk::GroupDesk(Shard& shard) : shard_(shard), tickets_(shard.index()) {}

GroupDesk::~GroupDesk() = default;

groups::Now GroupDesk::now() const { return {.monotonic_ms = shard_.reactor().now_ms(), .wall_ms = shard_.reactor().wall_ms()}; }

GroupPartition* GroupDesk::find(std::string_view group) { return shard_.broker().groups().partition_of(group); }

GroupDesk::Seat& GroupDesk::seat(GroupPartition& partition) {
  const auto index = static_cast<std::size_t>(partition.index());
  if (index >= seats_.size()) seats_.resize(index + 1);
  if (seats_[index] == nullptr) seats_[index] = std::make_unique<Seat>(*this, partition);
  return *seats_[index];
}

void GroupDesk::touch(GroupPartition& partition) {
  Seat& touched = seat(partition);
  if (touched.touched) return;
  touched.touched = true;
  touched_.push_back(&touched);
}

ErrorCode GroupDesk::refusal(GroupPartition& partition, GroupAccess access) {
  // It may have been given up just now; then those who are parked there have to be told.
  touch(partition);
  switch (access) {
    case GroupAccess::ran: break;
    case GroupAccess::must_load: shard_.broker().groups().start_loads(partition); return ErrorCode::coordinator_load_in_progress;
    case GroupAccess::loading: return ErrorCode::coordinator_load_in_progress;
    case GroupAccess::refused: return groups::coordinator_error(ErrorCode::kafka_storage_error);
    case GroupAccess::stopped: return ErrorCode::not_coordinator;
  }
  return ErrorCode::none;
}

void GroupDesk::end_of_turn() {
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    touched_[i]->touched = false;
    finish_turn(*touched_[i]);
  }
  touched_.clear();
  for (std::size_t i = 0; i < to_release_.size(); ++i) to_release_[i]->release();
  to_release_.clear();
}

void GroupDesk::finish_turn(Seat& seat) {
  GroupPartition& partition = seat.partition();
  turn_.clear();
  partition.finish_turn(now(), turn_);
  if (turn_.wake_at) seat.wake_at(*turn_.wake_at);
  if (turn_.visible_bytes > 0) shard_.broker().tell_progress(partition.partition(), turn_.visible_bytes, &shard_);
  deliver_answers(shard_.broker(), partition, turn_.due, &shard_);
  settle(partition, turn_.due);
}

void GroupDesk::settle(GroupPartition& partition, GroupAnswers& due) {
  const storage::Log& log = partition.partition().log();
  const bool durable = due.failure != ErrorCode::none || (log.high_watermark() >= due.durable_at && log.generation() == due.generation);
  for (groups::Answer& answer : due.answers) {
    if (durable) {
      part_done(std::move(answer), due.failure);
    } else {
      seat(partition).hold(std::move(answer), due);
    }
  }
}

void GroupDesk::take(GroupPartition& partition, GroupAnswers due) { settle(partition, due); }

void GroupDesk::wake(GroupPartition& partition, std::int64_t monotonic_ms) { seat(partition).wake_at(monotonic_ms); }

/// The answer leaves with its last part.
void GroupDesk::part_done(groups::Answer answer, ErrorCode failure) {
  OwedAnswer& owed = tickets_.at(answer.ticket);
  if (failure != ErrorCode::none) owed.failure = failure;
  if (--owed.parts > 0) return;
  if (!owed.body.empty()) answer.body = std::move(owed.body);
  const OwedAnswer last = std::move(owed);
  tickets_.close(answer.ticket);
  send(last, last.failure == ErrorCode::none ? answer : groups::failed_answer(answer, last.failure));
}

void GroupDesk::send(const OwedAnswer& owed, const groups::Answer& answer) {
  net::Connection* connection = owed.slot.connection();
  // Whoever asked is gone, and the group does not care (kafka-rules 114).
  if (connection == nullptr) return;
  if (answer.body.size() > kMaxReplyBytes) return connection->close("the answer to a request would be too large");
  const ResponsePrefix prefix(answer.api, answer.version, owed.correlation_id);
  wire::Writer writer(connection->response(owed.slot).extend(prefix.size() + answer.body.size()));
  prefix.write(writer);
  writer.raw(answer.body);
  connection->complete(owed.slot);
}

void GroupDesk::shut_down() {
  touched_.clear();
  to_release_.clear();
  seats_.clear();
  tickets_.clear();
}

void GroupDesk::Seat::hold(groups::Answer answer, const GroupAnswers& due) {
  held_.push_back({.answer = std::move(answer), .durable_at = due.durable_at, .generation = due.generation});
  if (linked()) return;
  desk_.shard_.waiters().add(partition_.partition(), *this);
  // The sync may have ended between the look and the listening.
  on_progress(0);
}

void GroupDesk::Seat::on_progress(std::int64_t) {
  if (queued_ || held_.empty()) return;
  queued_ = true;
  desk_.to_release_.push_back(this);
}

void GroupDesk::Seat::release() {
  queued_ = false;
  Partition& partition = partition_.partition();
  const storage::Log& log = partition.log();
  const Offset durable = log.high_watermark();
  // Read after the watermark: one of this generation is the records' own.
  const std::uint64_t generation = log.generation();
  const bool lost = log.is_stopped() || partition.closed();
  const auto failure = groups::coordinator_error(ErrorCode::kafka_storage_error);
  const auto waits = [&](const Held& held) { return !lost && held.generation == generation && held.durable_at > durable; };
  const auto kept = std::ranges::partition(held_, waits);
  for (Held& held : kept) {
    const bool written = held.generation == generation && held.durable_at <= durable;
    desk_.part_done(std::move(held.answer), written ? ErrorCode::none : failure);
  }
  held_.erase(kept.begin(), kept.end());
  if (held_.empty()) unlink();
  if (!partition_.lost_its_log()) return;
  desk_.finish_turn(*this);
}

void GroupDesk::Seat::wake_at(std::int64_t monotonic_ms) {
  if (timer_.is_scheduled() && timer_.deadline_ms() <= monotonic_ms) return;
  desk_.shard_.reactor().timers().schedule(timer_, monotonic_ms);
}

void GroupDesk::Seat::on_wake(std::int64_t now_ms) {
  partition_.woken(now_ms);
  desk_.touch(partition_);
}

GroupReading::GroupReading(Request& request)
    : request_(request), desk_(request.shard().groups()), ticket_(desk_.tickets_.open(request.slot(), request.header().correlation_id)) {}

GroupReading::~GroupReading() { SL_ASSERT(replied_); }

groups::Answer GroupReading::marker() const {
  return {.ticket = ticket_, .api = static_cast<wire::ApiKey>(request_.header().api_key), .version = request_.version(), .body = {}};
}

}  // namespace streamline::broker
