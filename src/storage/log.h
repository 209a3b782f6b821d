// Log: one partition's records on disk, in segments of verbatim v2 batches, with its producers' state and leader epochs.
// Invariants: log_start <= high_watermark <= log_end; what was published is never moved or rewritten; offsets are assigned in
// append order without gaps; a failed write publishes nothing.
// Thread rule: every call from any thread. Calls that change the log take its own mutex, which is free when the caller holds the
// partition's lock, as it should; reads take no lock but for the copy of the segment list.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/wall_time.h"
#include "fs/file_system.h"
#include "storage/append.h"
#include "storage/epoch_cache.h"
#include "storage/log_options.h"
#include "storage/log_state.h"
#include "storage/producer_state.h"
#include "storage/read_plan.h"
#include "storage/sync_target.h"

namespace streamline::storage {

class Segment;
struct RecoveredLog;
using SegmentList = std::vector<std::shared_ptr<Segment>>;

struct TimestampOffset {
  std::int64_t timestamp = -1;
  Offset offset = kNoOffset;
  LeaderEpoch leader_epoch{-1};
  friend bool operator==(const TimestampOffset&, const TimestampOffset&) = default;
};

class Log {
 public:
  /// Made by LogStore from what recovery found.
  Log(fs::FileSystem& file_system, LogIdentity identity, const LogOptions& options, RecoveredLog recovered);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Checks each item's sequence against the state that the items before it leave (rules 46 to 52), assigns offsets, patches the
  /// batches, and writes all that go to one segment with one call. Each item gets its own answer. Memory is allocated only for a
  /// roll, a new producer or a longer call than any before.
  AppendSummary append(std::span<AppendItem* const> items, WallTime now);
  /// Rolls when the active segment holds something and is older than segment_ms, without an append.
  Status roll_if_due(WallTime now);

  Offset log_start() const { return Offset(log_start_.load(std::memory_order_acquire)); }
  Offset log_end() const { return Offset(log_end_.load(std::memory_order_acquire)); }
  /// What readers may see: log_end, but with Durability::always what is synced.
  Offset high_watermark() const { return Offset(high_watermark_.load(std::memory_order_acquire)); }

  /// A sync in three steps, so that the fdatasync runs without a lock: begin, target.run() on a pool thread, finish.
  SyncTarget begin_sync();
  /// Moves the synced end and the high watermark. After a failed sync the log refuses writes with Errc::io until it is reopened.
  void finish_sync(const SyncTarget& target, const Status& outcome);
  /// Bytes appended and not yet synced; for callers that sync by size.
  std::uint64_t unsynced_bytes() const;

  /// Runs of whole batches from the one that contains `from` (rule 80), never past `up_to`. At most max_bytes, unless the first
  /// batch alone is larger and MinOneBatch::yes. Empty when from == min(up_to, log end).
  /// Errors: offset_out_of_range (outside [log start, log end]), io, too_many_files.
  Result<ReadPlan> read(Offset from, Offset up_to, std::size_t max_bytes, MinOneBatch min_one, ReadCursor& cursor) const;

  /// First visible record in log order whose timestamp is `target_ms` or later (rule 93), exact inside compressed batches.
  Result<std::optional<TimestampOffset>> offset_for_time(std::int64_t target_ms) const;
  /// First visible record that carries the highest timestamp; timestamp -1, offset -1 when there is none (rule 14.10).
  Result<TimestampOffset> max_timestamp_offset() const;

  /// Rule 95.
  EpochEnd end_offset_for_epoch(LeaderEpoch epoch) const;
  LeaderEpoch leader_epoch() const { return LeaderEpoch(leader_epoch_.load(std::memory_order_acquire)); }
  /// Later appends carry it. Durable when it returns. Errors: fenced (older than the current one), io.
  Status set_leader_epoch(LeaderEpoch epoch);

  /// Records below `offset` are gone for readers at once; durable with the next LogStore::checkpoint.
  /// Errors: offset_out_of_range (beyond the high watermark).
  Status delete_records_before(Offset offset);

  /// Known producers by id, without those that expired.
  std::vector<ProducerEntry> producers(WallTime now) const;
  void expire_producers(WallTime now);

  /// New values for later appends.
  void set_options(const LogOptions& options);

  const LogIdentity& identity() const { return identity_; }
  /// What opening it found and did.
  const LogRecovery& recovery() const { return recovery_; }
  /// Bytes in all segments, headers included.
  std::uint64_t size_bytes() const;
  std::size_t segment_count() const;

  /// For LogStore: the log's line of the manifest. Writes out what a restart would otherwise have to scan (index entries, producers).
  Result<ManifestEntry> checkpoint(WallTime now);
  /// Syncs all and writes what a clean start wants to find. Appends are refused afterwards.
  Result<ManifestEntry> close(WallTime now);
  /// The topic was deleted: appends are refused with Errc::closed; readers that hold runs go on.
  void retire();

 private:
  struct Group;
  void append_one(AppendItem& item, Group& group, WallTime now);
  bool check_item(AppendItem& item, Group& group, WallTime now);
  void flush_group(Group& group, WallTime now);
  void fail_group(Group& group, Errc code);
  Status prepare_room(std::uint64_t bytes, std::int64_t offsets, WallTime now);
  bool must_roll(std::uint64_t bytes, std::int64_t offsets, WallTime now) const;
  Status add_segment(WallTime now);
  void seal_active();
  Status write_epochs();
  void publish_segments(std::shared_ptr<const SegmentList> segments);
  Result<ManifestEntry> checkpoint_locked(WallTime now);
  Status write_producer_snapshot();

  std::shared_ptr<const SegmentList> segments() const;
  std::shared_ptr<const Segment> segment_at(Offset offset) const;
  Result<std::optional<TimestampOffset>> first_at_or_after(const Segment& segment, std::int64_t target_ms, Offset below) const;

  fs::FileSystem& fs_;
  const LogIdentity identity_;
  const LogRecovery recovery_;

  std::atomic<std::int64_t> log_start_;
  std::atomic<std::int64_t> log_end_;
  std::atomic<std::int64_t> high_watermark_;
  std::atomic<std::int32_t> leader_epoch_;

  mutable std::mutex segments_mutex_;  // held for the copy of a pointer
  std::shared_ptr<const SegmentList> segments_;

  mutable std::mutex mutex_;  // all below; held over the append's write
  LogOptions options_;
  EpochCache epochs_;
  ProducerTable producers_;
  std::shared_ptr<Segment> active_;  // null until the first append of an empty log
  std::optional<Errc> refused_;      // why appends are refused
  Offset synced_end_;
  std::uint64_t unsynced_bytes_ = 0;
  std::size_t first_unsynced_ = 0;  // place in segments_
  Offset snapshot_offset_ = kNoOffset;
  std::uint64_t producer_version_saved_ = 0;
  std::vector<ByteView> pieces_;  // kept for their memory
  std::vector<AppendItem*> members_;
};

}  // namespace streamline::storage
