// The life of one group partition: loading, turns, giving up.
#include "broker/coordinator/group_partition.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "broker/broker.h"
#include "broker/coordinator/group_loader.h"
#include "broker/topic_partitions.h"
#include "broker/wire_error.h"

namespace streamline::broker {

using wire::ErrorCode;

namespace {

/// After a write found no space: so much has to be free before another is tried, and when that fails too, so much later the next.
constexpr std::uint64_t kSpaceToTry = 1024 * 1024;
constexpr std::int64_t kSpacePauseMs = 1000;

}  // namespace

GroupPartition::GroupPartition(const Parts& parts)
    : broker_(parts.broker),
      ids_(parts.ids),
      partition_(parts.partition),
      options_(parts.options),
      topics_(parts.broker.catalog(), parts.broker.knows_all_topics() ? CatalogTopics::Knows::all : CatalogTopics::Knows::not_all) {
  // Both are fixed here: a smaller max.message.bytes of the topic counts from the next start on.
  max_batch_bytes_ = parts.options.max_record_bytes;
  options_.max_record_bytes = max_batch_bytes_ - std::min(max_batch_bytes_, kRecordOverheadBytes + kBatchOverheadBytes);
}

groups::Now GroupPartition::steady(groups::Now now) {
  // Each reactor reads the clock once per turn, so that one may come with an older time than the one before it.
  last_ms_ = std::max(last_ms_, now.monotonic_ms);
  now.monotonic_ms = last_ms_;
  return now;
}

GroupAccess GroupPartition::access_locked(groups::Now now) {
  static_cast<void>(lost_locked());
  if (state_ != State::stopped && partition_->log().is_stopped()) return GroupAccess::refused;
  switch (state_) {
    case State::active: return GroupAccess::ran;
    case State::loading: return GroupAccess::loading;
    case State::stopped: return GroupAccess::stopped;
    case State::unloaded: break;
  }
  if (has_records()) return GroupAccess::must_load;
  generation_ = partition_->log().generation();
  activate(std::make_unique<groups::GroupShard>(options_, topics_, ids_), now);
  return GroupAccess::ran;
}

/// A write that fails costs the shard, which is loaded again: on a full disk whoever commits would keep everybody from reading.
bool GroupPartition::lacks_space(groups::Now now) const {
  if (!full_until_) return false;
  if (now.monotonic_ms < *full_until_) return true;
  const auto free = broker_.free_bytes();
  return free && *free < kSpaceToTry;
}

bool GroupPartition::must_load() {
  const std::lock_guard lock(mutex_);
  return state_ == State::unloaded && has_records();
}

bool GroupPartition::may_hold_groups() {
  const std::lock_guard lock(mutex_);
  return state_ != State::unloaded || has_records();
}

bool GroupPartition::claim_load() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::unloaded) return false;
  state_ = State::loading;
  topics_.refresh();
  return true;
}

void GroupPartition::load(groups::Now now) {
  auto shard = std::make_unique<groups::GroupShard>(options_, topics_, ids_);
  const std::uint64_t generation = partition_->log().generation();
  const auto report = load_groups(partition_->log(), *shard);
  const std::lock_guard lock(mutex_);
  if (state_ != State::loading) return;
  generation_ = generation;
  if (!report) {
    log::error("groups", "groups cannot be loaded partition={} cause={}", index(), report.error().text);
    state_ = State::unloaded;
    return;
  }
  if (report->bad_batches > 0) {
    log::error("groups", "batches of groups are lost partition={} batches={} of={} last={}", index(), report->bad_batches, report->batches,
               report->last_bad);
  }
  const groups::LoadFigures& figures = shard->load_figures();
  if (figures.skipped > 0) {
    log::warn("groups", "records of groups were skipped partition={} skipped={} of={} last={}", index(), figures.skipped, figures.records,
              figures.last_skip);
  }
  activate(std::move(shard), now);
}

void GroupPartition::activate(std::unique_ptr<groups::GroupShard> loaded, groups::Now now) {
  topics_.refresh();
  shard_ = std::move(loaded);
  state_ = State::active;
  wake_at_.reset();
  // A change that comes after this look finds the shard, and has it told by take_times().
  for (const auto& [group, configs] : *broker_.group_configs().snapshot()) {
    if (broker_.groups().partition_of(group) == this) shard_->set_consumer_times(group, broker_.groups().own_times(group));
  }
  const groups::Now at = steady(now);
  shard_->loaded(at, effects_);
  for (const DeletedTopic& topic : deleted_) shard_->topic_deleted(topic.name, topic.id, at, effects_);
  deleted_.clear();
}

bool GroupPartition::add_marker_if_pending(groups::Answer marker, groups::Effects& effects) {
  const storage::Log& log = partition_->log();
  if (effects.records.empty() && log.high_watermark() >= log.log_end()) return false;
  effects.answers.push_back(std::move(marker));
  return true;
}

void GroupPartition::finish_turn(groups::Now now, GroupTurn& turn) {
  const std::lock_guard lock(mutex_);
  if (shard_ != nullptr) {
    shard_->expire(steady(now), effects_);
    const ErrorCode failed = effects_.records.empty() ? ErrorCode::none : append(now, turn);
    if (failed != ErrorCode::none) give_up(groups::coordinator_error(failed), State::unloaded);
  }
  if (failure_ != ErrorCode::none) turn.due.failure = std::exchange(failure_, ErrorCode::none);
  effects_.records.clear();
  std::swap(turn.due.answers, effects_.answers);
  if (turn.due.failure == ErrorCode::none) turn.due.durable_at = partition_->log().log_end();
  turn.due.generation = generation_;
  if (shard_ == nullptr) return;
  const auto next = shard_->next_deadline();
  if (!next || (wake_at_ && *wake_at_ <= *next)) return;
  wake_at_ = turn.wake_at = next;
}

ErrorCode GroupPartition::append(groups::Now now, GroupTurn& turn) {
  if (const Status built = batches_.build(effects_.records, {.max_batch_bytes = max_batch_bytes_, .wall_ms = now.wall_ms}); !built) {
    log::error("groups", "records of groups make no batch partition={} cause={}", index(), built.error().text);
    return wire_error(built.error().code);
  }
  if (partition_->closed()) return wire_error(Errc::closed);
  {
    const std::lock_guard lock(partition_->mutex());
    const auto summary = partition_->log().append(batches_.items(), WallTime{now.wall_ms});
    if (summary.bytes > 0) {
      turn.visible_bytes = broker_.appended(*partition_, static_cast<std::int64_t>(summary.bytes), summary.end - summary.first);
    }
  }
  for (const storage::AppendItem* item : batches_.items()) {
    if (!item->error) continue;
    log::error("groups", "records of groups were not written partition={} cause={}", index(), to_string(*item->error));
    if (*item->error == Errc::no_space) full_until_ = now.monotonic_ms + (full_until_ ? kSpacePauseMs : 0);
    return wire_error(*item->error);
  }
  full_until_.reset();
  return ErrorCode::none;
}

/// With it goes everything that the log does not hold; the next load builds what it does.
void GroupPartition::give_up(ErrorCode error, State next) {
  failure_ = error;
  shard_->abandon(error, effects_);
  shard_.reset();
  wake_at_.reset();
  state_ = next;
}

void GroupPartition::woken(std::int64_t monotonic_ms) {
  const std::lock_guard lock(mutex_);
  if (wake_at_ && *wake_at_ <= monotonic_ms) wake_at_.reset();
}

GroupAccess GroupPartition::topic_deleted(const std::string& name, const TopicId& id, groups::Now now) {
  const std::lock_guard lock(mutex_);
  const GroupAccess access = access_locked(now);
  if (access == GroupAccess::ran) {
    topics_.refresh();
    shard_->topic_deleted(name, id, steady(now), effects_);
  } else if (access == GroupAccess::loading || access == GroupAccess::must_load) {
    deleted_.push_back({.name = name, .id = id});
  }
  return access;
}

void GroupPartition::take_times(std::string_view group) {
  const std::lock_guard lock(mutex_);
  if (shard_ != nullptr) shard_->set_consumer_times(group, broker_.groups().own_times(group));
}

bool GroupPartition::lost_its_log() {
  const std::lock_guard lock(mutex_);
  return lost_locked();
}

bool GroupPartition::lost_locked() {
  const storage::Log& log = partition_->log();
  if (shard_ == nullptr || (!log.is_stopped() && log.generation() == generation_)) return false;
  log::error("groups", "groups are loaded again when their log was checked partition={}", index());
  give_up(groups::coordinator_error(ErrorCode::kafka_storage_error), State::unloaded);
  return true;
}

void GroupPartition::stop() {
  const std::lock_guard lock(mutex_);
  if (shard_ != nullptr) give_up(ErrorCode::not_coordinator, State::stopped);
  state_ = State::stopped;
}

}  // namespace streamline::broker
