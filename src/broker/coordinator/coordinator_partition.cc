// The life of a coordinator's partition: turns and giving up.
#include "broker/coordinator/coordinator_partition.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "broker/broker.h"
#include "broker/wire_error.h"
#include "coordinator/answer.h"

namespace streamline::broker {

using coordinator::Now;
using wire::ErrorCode;

namespace {

/// After a write found no space: so much has to be free before another is tried, and when that fails too, so much later the next.
constexpr std::uint64_t kSpaceToTry = 1024 * 1024;
constexpr std::int64_t kSpacePauseMs = 1000;

}  // namespace

CoordinatorPartition::CoordinatorPartition(const Parts& parts)
    : broker_(parts.broker),
      subject_(parts.subject),
      partition_(parts.partition),
      coordinators_(parts.coordinators),
      max_batch_bytes_(parts.max_batch_bytes) {}

Now CoordinatorPartition::steady(Now now) {
  // Each reactor reads the clock once per turn, so that one may come with an older time than the one before it.
  last_ms_ = std::max(last_ms_, now.monotonic_ms);
  now.monotonic_ms = last_ms_;
  return now;
}

Access CoordinatorPartition::access_locked(Now now) {
  static_cast<void>(lost_locked());
  if (state_ != State::stopped && partition_->log().is_stopped()) return Access::refused;
  switch (state_) {
    case State::active: return Access::ran;
    case State::loading: return Access::loading;
    case State::stopped: return Access::stopped;
    case State::unloaded: break;
  }
  if (has_records()) return Access::must_load;
  generation_ = partition_->log().generation();
  begin_empty(now);
  return Access::ran;
}

Access CoordinatorPartition::admit_locked(Now now, Writes writes) {
  const Access access = access_locked(now);
  return access == Access::ran && writes == Writes::likely && lacks_space(now) ? Access::refused : access;
}

/// A write that fails costs the shard, which is loaded again: on a full disk whoever writes would keep everybody from reading.
bool CoordinatorPartition::lacks_space(Now now) const {
  if (!full_until_) return false;
  if (now.monotonic_ms < *full_until_) return true;
  const auto free = broker_.free_bytes();
  return free && *free < kSpaceToTry;
}

bool CoordinatorPartition::must_load() {
  const std::lock_guard lock(mutex_);
  return state_ == State::unloaded && has_records();
}

bool CoordinatorPartition::may_hold_anything() {
  const std::lock_guard lock(mutex_);
  return state_ != State::unloaded || has_records();
}

bool CoordinatorPartition::claim_load() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::unloaded) return false;
  state_ = State::loading;
  refresh();
  return true;
}

bool CoordinatorPartition::is_pending() {
  const storage::Log& log = partition_->log();
  return !records().empty() || log.high_watermark() < log.log_end();
}

void CoordinatorPartition::finish_turn(Now now, Turn& turn) {
  const std::lock_guard lock(mutex_);
  if (has_shard()) {
    expire(steady(now));
    const ErrorCode failed = records().empty() ? ErrorCode::none : append(now, turn);
    if (failed != ErrorCode::none) give_up(coordinator::coordinator_error(failed), State::unloaded);
  }
  if (failure_ != ErrorCode::none) turn.due.failure = std::exchange(failure_, ErrorCode::none);
  records().clear();
  release_guards();
  std::swap(turn.due.answers, answers());
  if (turn.due.failure == ErrorCode::none) turn.due.durable_at = partition_->log().log_end();
  turn.due.generation = generation_;
  end_turn(turn);
  if (!has_shard()) return;
  const auto next = next_deadline();
  if (!next || (wake_at_ && *wake_at_ <= *next)) return;
  wake_at_ = turn.wake_at = next;
}

void CoordinatorPartition::flush(Now now, Shard* here) {
  if (!has_shard() || records().empty()) return;
  Turn turn{.here = here};
  const ErrorCode failed = append(now, turn);
  if (failed != ErrorCode::none) give_up(coordinator::coordinator_error(failed), State::unloaded);
  records().clear();
  if (turn.visible_bytes > 0) broker_.tell_progress(*partition_, turn.visible_bytes, here);
}

ErrorCode CoordinatorPartition::append(Now now, Turn& turn) {
  const ErrorCode error = append_batches(now, turn);
  release_guards();
  return error;
}

void CoordinatorPartition::release_guards() {
  for (const HeldGuard& held : guards_) partition_->log().release_transaction_guard(held.producer, held.guard);
  guards_.clear();
}

ErrorCode CoordinatorPartition::append_batches(Now now, Turn& turn) {
  const RecordBatches::Limits limits{.max_batch_bytes = max_batch_bytes_, .wall_ms = now.wall_ms};
  if (const Status built = batches_.build(records(), limits, guards_); !built) {
    log::error(subject_, "records of {} make no batch partition={} cause={}", subject_, index(), built.error().text);
    return wire_error(built.error().code);
  }
  if (partition_->closed()) return wire_error(Errc::closed);
  {
    const std::lock_guard lock(partition_->mutex());
    const auto summary = partition_->log().append(batches_.items(), WallTime{now.wall_ms});
    if (summary.bytes > 0) {
      const Broker::Appended what{.bytes = static_cast<std::int64_t>(summary.bytes), .records = summary.end - summary.first};
      turn.visible_bytes = broker_.appended(*partition_, what, turn.here);
    }
  }
  for (const storage::AppendItem* item : batches_.items()) {
    if (!item->error) continue;
    log::error(subject_, "records of {} were not written partition={} cause={}", subject_, index(), to_string(*item->error));
    if (*item->error == Errc::no_space) full_until_ = now.monotonic_ms + (full_until_ ? kSpacePauseMs : 0);
    return wire_error(*item->error);
  }
  full_until_.reset();
  return ErrorCode::none;
}

/// With it goes everything that the log does not hold; the next load builds what it does.
void CoordinatorPartition::give_up(ErrorCode error, State next) {
  failure_ = error;
  abandon(error);
  wake_at_.reset();
  state_ = next;
}

void CoordinatorPartition::woken(std::int64_t monotonic_ms) {
  const std::lock_guard lock(mutex_);
  if (wake_at_ && *wake_at_ <= monotonic_ms) wake_at_.reset();
}

bool CoordinatorPartition::lost_its_log() {
  const std::lock_guard lock(mutex_);
  return lost_locked();
}

bool CoordinatorPartition::lost_locked() {
  const storage::Log& log = partition_->log();
  if (!has_shard() || (!log.is_stopped() && log.generation() == generation_)) return false;
  log::error(subject_, "{} are loaded again when their log was checked partition={}", subject_, index());
  give_up(coordinator::coordinator_error(ErrorCode::kafka_storage_error), State::unloaded);
  return true;
}

void CoordinatorPartition::stop() {
  const std::lock_guard lock(mutex_);
  if (has_shard()) give_up(ErrorCode::not_coordinator, State::stopped);
  state_ = State::stopped;
}

}  // namespace streamline::broker
