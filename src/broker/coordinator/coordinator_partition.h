// CoordinatorPartition: one partition of a coordinator's topic: the lock around its state machine, and the log under it. What a state
// machine is about is its heir's. Any reactor runs operations inline under the lock, as partitions take appends; README.md says why.
//
// Invariants: the shard is what replaying the log and then the records of the turn gives; whatever is answered waits for an append
// and its sync; after a failed append the shard is gone, and the next request has it loaded again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "broker/coordinator/record_batches.h"
#include "broker/coordinator/turn.h"
#include "broker/partition.h"
#include "coordinator/call.h"
#include "coordinator/record_list.h"
#include "wire/error_code.h"

namespace streamline::broker {

class Broker;
class Coordinators;
class Shard;

/// Whether an operation is likely to write records. On a full disk, where each attempt costs the shard, only those are tried that are not.
enum class Writes : std::uint8_t { likely, seldom };

/// What became of an operation.
enum class Access : std::uint8_t {
  ran,
  must_load,  ///< nobody has begun to load it: do, then call load()
  loading,
  refused,  ///< its log takes no writes before it was checked, or the disk is full
  stopped,
};

/// Every call from any thread. Lock order: mutex_ before Partition::mutex and the catalog's snapshot.
class CoordinatorPartition {
 public:
  struct Parts {
    Broker& broker;
    Coordinators& coordinators;
    /// "groups": what the state machine is about, for the log.
    std::string_view subject;
    std::size_t max_batch_bytes;
    std::shared_ptr<Partition> partition;
  };
  explicit CoordinatorPartition(const Parts& parts);
  virtual ~CoordinatorPartition() = default;
  CoordinatorPartition(const CoordinatorPartition&) = delete;
  CoordinatorPartition& operator=(const CoordinatorPartition&) = delete;

  Coordinators& coordinators() { return coordinators_; }
  Partition& partition() { return *partition_; }
  std::int32_t index() const { return partition_->id().index; }

  /// What the shard shows now is not durable yet. Within an operation.
  bool is_pending();
  /// `answer` when its records were not written.
  virtual coordinator::Answer failed(const coordinator::Answer& answer, wire::ErrorCode error) const = 0;

  /// Begins what has been ordered and is durable now, on that reactor. True while orders wait for that.
  virtual bool carry_out(Shard& here) = 0;

  /// Fires what is due, writes the records of everything that ran since the last turn, by whomever, and hands over their answers.
  /// `turn` comes empty.
  void finish_turn(coordinator::Now now, Turn& turn);
  /// The wake of an earlier turn has come: the next finish_turn() names the following one.
  void woken(std::int64_t monotonic_ms);

  /// It was never asked for since the start, and there is something in its log.
  bool must_load();
  /// False for one that nothing was ever written to or parked in.
  bool may_hold_anything();
  /// True for one caller until load() ended: that one has to load it.
  bool claim_load();
  /// On the pool, by whoever claimed it.
  virtual void load(coordinator::Now now) = 0;

  /// True once its log has failed, or was restored since it was loaded: what is parked is refused, and it has to be loaded again.
  /// finish_turn() afterwards.
  bool lost_its_log();
  /// The broker stops: what is parked is sent to look for another coordinator. finish_turn() before and afterwards.
  void stop();

 protected:
  enum class State : std::uint8_t { unloaded, loading, active, stopped };

  // Of the state machine; with mutex_ held.
  /// Takes a new look at what it may ask about.
  virtual void refresh() = 0;
  virtual bool has_shard() const = 0;
  /// There is nothing to load.
  virtual void begin_empty(coordinator::Now now) = 0;
  virtual void expire(coordinator::Now now) = 0;
  virtual std::optional<std::int64_t> next_deadline() const = 0;
  /// Refuses what is parked, and drops the shard.
  virtual void abandon(wire::ErrorCode error) = 0;
  virtual coordinator::RecordList& records() = 0;
  virtual std::vector<coordinator::Answer>& answers() = 0;
  /// At the end of a turn, whose answers are in `turn`: hands over what else the operations have left.
  virtual void end_turn(Turn& turn) = 0;

  Access access_locked(coordinator::Now now);
  /// As access_locked, and there is space for what `writes` promises.
  Access admit_locked(coordinator::Now now, Writes writes);
  /// The shard is there now.
  void activated() {
    state_ = State::active;
    wake_at_.reset();
  }
  coordinator::Now steady(coordinator::Now now);
  /// Writes what the turn has so far, and gives up when that fails: its answers still come with its end.
  void flush(coordinator::Now now, Shard* here);
  /// Goes with what that producer writes in this turn, and is given back at its end.
  void hold_guard(const HeldGuard& guard) { guards_.push_back(guard); }

  Broker& broker_;
  const std::string_view subject_;
  const std::shared_ptr<Partition> partition_;

  std::mutex mutex_;  // all below, and the heir's; held over the append's write
  State state_ = State::unloaded;
  std::uint64_t generation_ = 0;  // of the log that the shard was made from

 private:
  bool has_records() const { return partition_->log().log_end() > partition_->log().log_start(); }
  bool lost_locked();
  bool lacks_space(coordinator::Now now) const;
  wire::ErrorCode append(coordinator::Now now, Turn& turn);
  wire::ErrorCode append_batches(coordinator::Now now, Turn& turn);
  void release_guards();
  void give_up(wire::ErrorCode error, State next);

  Coordinators& coordinators_;
  // Fixed here: a smaller max.message.bytes of the topic counts from the next start on.
  const std::size_t max_batch_bytes_;
  RecordBatches batches_;
  std::vector<HeldGuard> guards_;
  wire::ErrorCode failure_ = wire::ErrorCode::none;  // why the turn's records will never be written
  std::optional<std::int64_t> full_until_{};         // after a write found no space: not before that time again; none once one succeeded
  std::optional<std::int64_t> wake_at_{};            // the earliest time that somebody has promised to come back at
  std::int64_t last_ms_ = 0;                         // of the monotonic clock, as the shard has seen it
};

}  // namespace streamline::broker
