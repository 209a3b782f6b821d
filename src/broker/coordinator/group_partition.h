// GroupPartition: the coordinator of the groups in one partition of `__consumer_offsets`: its shard, the lock around it, and the log
// under it. Any reactor runs operations inline under the lock, as partitions take appends; README.md says why.
//
// Invariants: the shard is what replaying the log and then the records in effects_ gives; whatever is answered waits for an append
// and its sync; after a failed append the shard is gone, and the next request has it loaded again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "broker/coordinator/catalog_topics.h"
#include "broker/coordinator/group_turn.h"
#include "broker/coordinator/record_batches.h"
#include "broker/partition.h"
#include "groups/group_shard.h"
#include "wire/error_code.h"

namespace streamline::broker {

class Broker;

/// Whether an operation is likely to write records. On a full disk, where each attempt costs the shard, only those are tried that are not.
enum class Writes : std::uint8_t { likely, seldom };

/// What became of an operation.
enum class GroupAccess : std::uint8_t {
  ran,
  must_load,  ///< nobody has begun to load it: do, then call load()
  loading,
  refused,  ///< its log takes no writes before it was checked, or the disk is full
  stopped,
};

/// Every call from any thread. Lock order: mutex_ before Partition::mutex and the catalog's snapshot.
class GroupPartition {
 public:
  struct Parts {
    Broker& broker;
    const groups::Options& options;
    groups::IdSource& ids;
    std::shared_ptr<Partition> partition;
  };
  explicit GroupPartition(const Parts& parts);
  GroupPartition(const GroupPartition&) = delete;
  GroupPartition& operator=(const GroupPartition&) = delete;

  Partition& partition() { return *partition_; }
  std::int32_t index() const { return partition_->id().index; }

  /// Calls `operation(shard, now, effects)` when the shard is there; an empty log needs no loading. Whoever ran one calls
  /// finish_turn() before it sleeps.
  template <class Operation>
  GroupAccess run(groups::Now now, Writes writes, Operation&& operation) {
    const std::lock_guard lock(mutex_);
    const GroupAccess access = access_locked(now);
    if (access != GroupAccess::ran) return access;
    if (writes == Writes::likely && lacks_space(now)) return GroupAccess::refused;
    topics_.refresh();
    operation(*shard_, steady(now), effects_);
    return access;
  }
  /// Adds `marker` to the answers of this turn when what the shard shows now is not durable yet. Within an operation.
  bool add_marker_if_pending(groups::Answer marker, groups::Effects& effects);

  /// Fires what is due, writes the records of everything that ran since the last turn, by whomever, and hands over their answers.
  /// `turn` comes empty.
  void finish_turn(groups::Now now, GroupTurn& turn);
  /// The wake of an earlier turn has come: the next finish_turn() names the following one.
  void woken(std::int64_t monotonic_ms);

  /// It was never asked for since the start, and there is something in its log.
  bool must_load();
  /// False for one that nothing was ever written to or parked in.
  bool may_hold_groups();
  /// True for one caller until load() ended: that one has to load it.
  bool claim_load();
  /// On the pool, by whoever claimed it.
  void load(groups::Now now);

  /// Drops the offsets of that topic, now or as soon as the shard is there. finish_turn() as for run(); must_load as there.
  GroupAccess topic_deleted(const std::string& name, const TopicId& id, groups::Now now);
  /// Has the group take what GroupCoordinators::own_times() says now; what is not loaded takes it when it is.
  void take_times(std::string_view group);
  /// True once its log has failed, or was restored since it was loaded: what is parked is refused, and it has to be loaded again.
  /// finish_turn() afterwards.
  bool lost_its_log();
  /// The broker stops: what is parked is sent to look for another coordinator. finish_turn() before and afterwards.
  void stop();

 private:
  enum class State : std::uint8_t { unloaded, loading, active, stopped };
  struct DeletedTopic {
    std::string name;
    TopicId id;
  };

  bool has_records() const { return partition_->log().log_end() > partition_->log().log_start(); }
  // With mutex_ held.
  GroupAccess access_locked(groups::Now now);
  bool lost_locked();
  bool lacks_space(groups::Now now) const;
  void activate(std::unique_ptr<groups::GroupShard> loaded, groups::Now now);
  wire::ErrorCode append(groups::Now now, GroupTurn& turn);
  void give_up(wire::ErrorCode error, State next);
  groups::Now steady(groups::Now now);

  Broker& broker_;
  groups::IdSource& ids_;
  const std::shared_ptr<Partition> partition_;
  groups::Options options_;
  std::size_t max_batch_bytes_ = 0;

  std::mutex mutex_;  // all below; held over the append's write
  State state_ = State::unloaded;
  std::uint64_t generation_ = 0;  // of the log that shard_ was made from
  CatalogTopics topics_;
  std::unique_ptr<groups::GroupShard> shard_;
  groups::Effects effects_;
  RecordBatches batches_;
  wire::ErrorCode failure_ = wire::ErrorCode::none;  // why what is in effects_ will never be written
  std::optional<std::int64_t> full_until_{};         // after a write found no space: not before that time again; none once one succeeded
  std::vector<DeletedTopic> deleted_;                // while nothing is loaded that they could be dropped from
  std::optional<std::int64_t> wake_at_{};            // the earliest time that somebody has promised to come back at
  std::int64_t last_ms_ = 0;                         // of the monotonic clock, as the shard has seen it
};

}  // namespace streamline::broker
