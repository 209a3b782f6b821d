// Log: one partition's records on disk, in segments of verbatim v2 batches, with its producers' state and leader epochs.
// Invariants: log_start <= last_stable <= high_watermark <= log_end; what was published is never moved or rewritten; offsets are assigned
// in append order without gaps; a failed write publishes nothing. No call that a reactor makes syncs anything: what a roll or a first
// append owes the disk is paid by the next sync (names, before anything in them is called durable) and by the next checkpoint (seals,
// snapshots, epochs; until then the manifest's recovery point stays before them, so that a start reads those batches itself). Thread rule:
// every call from any thread. Calls that change the log take its own mutex, which is free when the caller holds the partition's lock, as it
// should; reads take no lock but for the copy of the segment list.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/wall_time.h"
#include "fs/file_system.h"
#include "storage/aborted_index.h"
#include "storage/append.h"
#include "storage/compaction/swap.h"
#include "storage/epoch_cache.h"
#include "storage/log_options.h"
#include "storage/log_state.h"
#include "storage/open_transactions.h"
#include "storage/producer_state.h"
#include "storage/read_plan.h"
#include "storage/segment_header.h"
#include "storage/sync_target.h"

namespace streamline::storage {

class OpenFiles;
class Segment;
struct RecoveredLog;
struct RecoveryInput;
using SegmentList = std::vector<std::shared_ptr<Segment>>;

struct TimestampOffset {
  std::int64_t timestamp = -1;
  Offset offset = kNoOffset;
  LeaderEpoch leader_epoch{-1};
  friend bool operator==(const TimestampOffset&, const TimestampOffset&) = default;
};

/// One producer, for whoever describes them; its transaction's id is its own.
struct DescribedProducer {
  ProducerEntry producer;
  TransactionEntry transaction;
};

/// What compaction may look at.
struct CompactionView {
  /// All segments, the active one last; null when the log refuses changes.
  std::shared_ptr<const SegmentList> segments;
  /// Below this everything is visible to every reader, and synced whatever the durability: an older record may go for the sake of a newer
  /// one, and every transaction has ended.
  Offset durable_end{0};
};

/// What would have to happen before a log's oldest segment goes.
struct NextDeletion {
  /// Wall time from which it is too old; -1 = never, INT64_MAX at most.
  std::int64_t due_ms = -1;
  /// Bytes that the log may grow by before it is too large; -1 = without bound.
  std::int64_t bytes_left = -1;
  /// The records below go then; the log start when the log is empty.
  Offset up_to{0};
  friend bool operator==(const NextDeletion&, const NextDeletion&) = default;
};

class Log {
 public:
  /// Made by LogStore from what recovery found.
  Log(std::shared_ptr<OpenFiles> files, LogIdentity identity, const LogOptions& options, RecoveredLog recovered);
  /// Made by LogStore after an orderly stop: the manifest (input.entry) vouches for everything, and no file is looked at before the
  /// first call that needs one. That call, and each one after it until it succeeds, may fail as recovery does.
  Log(std::shared_ptr<OpenFiles> files, std::unique_ptr<RecoveryInput> input);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Checks each item's sequence against the state that the items before it leave (rules 46 to 52), assigns offsets, patches the
  /// batches, and writes all that go to one segment with one call. Each item gets its own answer. Memory is allocated only for a
  /// roll, a new producer or a longer call than any before.
  AppendSummary append(std::span<AppendItem* const> items, WallTime now);
  /// Rolls when the active segment holds something and is older than segment_ms, without an append. Opens nothing while the manifest tells
  /// that it is younger.
  Status roll_if_due(WallTime now);

  Offset log_start() const { return Offset(log_start_.load(std::memory_order_acquire)); }
  Offset log_end() const { return Offset(log_end_.load(std::memory_order_acquire)); }
  /// What readers may see: log_end, but with Durability::always what is synced.
  Offset high_watermark() const { return Offset(high_watermark_.load(std::memory_order_acquire)); }

  // Transactions (kafka-rules section 5); log_transactions.cc.

  /// What readers of committed data may see: below it every transaction has ended, and with Durability::always its end is synced. It
  /// moves with the high watermark and with markers, never back.
  Offset last_stable() const;
  /// Before a coordinator is asked whether a transaction has this log: none when it need not be, because the transaction is open here.
  /// The guard goes with the first data and is given back once that was appended or the coordinator said no. Errors: as opening it.
  Result<std::optional<TransactionGuard>> transaction_guard(const GuardRequest& request);
  void release_transaction_guard(ProducerId id, TransactionGuard guard);
  bool is_transaction_open(ProducerId id, std::int16_t epoch) const;
  /// For coordinators, whose state runs ahead of the log: why transactional data without a sequence would not be taken now. None: it will
  /// be, as long as no marker of that producer comes before it.
  std::optional<Errc> transaction_refusal(ProducerId id, std::int16_t epoch, std::optional<TransactionGuard> guard) const;
  /// The aborted transactions that have records in [from, up_to), where up_to is at most last_stable(): readers of committed data drop
  /// those (rule 65). By first offset. Takes no lock while nothing was ever aborted.
  std::vector<AbortedTransaction> aborted_transactions(Offset from, Offset up_to) const;
  /// As producers(), with what is known of their transactions.
  std::vector<DescribedProducer> describe_producers(WallTime now) const;

  /// A sync in three steps, so that the fdatasync runs without a lock: begin, target.run() on a pool thread, finish.
  /// Errors: io (the log is stopped), too_many_files, ...: nothing was synced, and what waits for it goes on waiting or fails.
  Result<SyncTarget> begin_sync();
  /// Moves the synced end and the high watermark. A failed sync stops the log.
  void finish_sync(const SyncTarget& target, const Status& outcome);
  /// The three steps at once, for a thread that may sleep. Errors: as begin_sync and the sync itself.
  Status sync();
  /// A sync failed, or a failed write could not be cut back: appends are refused with Errc::io until LogStore::restore_log() has
  /// checked the files. Reads go on.
  bool is_stopped() const { return stopped_.load(std::memory_order_acquire); }
  /// Rises with each restore_log(): an offset of an earlier generation at or above the high watermark may have been cut, and may
  /// since belong to another record.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  /// Bytes appended and not yet synced; for callers that sync by size.
  std::uint64_t unsynced_bytes() const;

  /// Runs of whole batches from the one that contains `from` (rule 80), never past `up_to`. At most max_bytes, unless the first
  /// batch alone is larger and MinOneBatch::yes. Empty when from == min(up_to, log end).
  /// Errors: offset_out_of_range (outside [log start, log end]), io, too_many_files.
  Result<ReadPlan> read(Offset from, Offset up_to, std::size_t max_bytes, MinOneBatch min_one, ReadCursor& cursor) const;

  /// Whether such a read would probably sleep on a disk, because its segment's index was not loaded yet or its bytes are not in memory.
  /// Then it is for a thread that may; a read that begins warm ends before bytes that are not. No system call for the log's tail.
  bool is_cold(Offset from, std::size_t max_bytes, const ReadCursor& cursor) const;

  /// First visible record in log order whose timestamp is `target_ms` or later (rule 93), exact inside compressed batches.
  Result<std::optional<TimestampOffset>> offset_for_time(std::int64_t target_ms) const;
  /// First visible record that carries the highest timestamp; timestamp -1, offset -1 when there is none (rule 14.10).
  Result<TimestampOffset> max_timestamp_offset() const;
  /// Where the segments start that hold no record younger than `not_after_ms`, newest first, all older ones with them (rule 92);
  /// none below the log start. INT64_MAX asks for every segment and opens none.
  Result<std::vector<Offset>> segment_starts(std::int64_t not_after_ms) const;

  /// Rule 95.
  EpochEnd end_offset_for_epoch(LeaderEpoch epoch) const;
  LeaderEpoch leader_epoch() const { return LeaderEpoch(leader_epoch_.load(std::memory_order_acquire)); }
  /// Later appends carry it. Durable when it returns; appends go on meanwhile. Errors: fenced (older than the current one), io: then the
  /// next checkpoint makes it durable.
  Status set_leader_epoch(LeaderEpoch epoch);

  // Retention; log_retention.cc. LogStore::move_starts is what deletes.
  /// Where the log has to start by what its options keep; log_start() when all may stay. Whole segments below the high watermark;
  /// when all of the log is to go (rule 14.8), a new segment is begun first. May read the oldest segments and sync a directory. Opens
  /// nothing while the manifest tells that all may stay.
  Result<Offset> retention_start(WallTime now);
  /// Whether there is something to delete below `start`: visible records, or segments whose records are not visible any more.
  bool keeps_below(Offset start) const;
  /// When the oldest segment goes by itself.
  Result<NextDeletion> next_deletion() const;
  /// For LogStore, which has made it durable that the log starts at `start`: readers see it, the segments below leave the list, and
  /// their files are put aside. A crash in between is finished by the next start.
  void show_start(Offset start, WallTime now);
  /// For LogStore: everything below `start` is synced when it returns. Errors: offset_out_of_range (beyond the high watermark), io.
  Status sync_below(Offset start);
  /// For LogStore: as checkpoint(), but with that line on disk a start after a power loss needs nothing below `start` to know the
  /// producers. Errors: conflict (rolls are faster than it) ...
  Result<ManifestEntry> checkpoint_before(Offset start, WallTime now);
  /// Whether a start after any kind of stop, with the manifest that is on disk, knows the producers without the batches below `border`.
  bool knows_producers_without(Offset border) const;
  /// For LogStore: a manifest with that recovery point is on disk.
  void note_manifest(Offset recovery_point) { noted_point_.store(recovery_point.value, std::memory_order_release); }
  /// Removes files of segments that left the log file_delete_delay_ms ago. Their readers keep them open.
  void purge_dropped(WallTime now);

  // Compaction; compaction/log_compaction.cc.
  CompactionView compaction_view() const;
  /// Where the active segment begins, of a log whose files nobody has looked at since an orderly stop.
  std::optional<Offset> unopened_active_base() const;
  /// Puts `fresh`, which CleanedSegment::finish made from the segments of `run`, in their place: on disk by the steps of swap.h, then for
  /// readers at once; who still reads the old ones keeps their files. Never the active segment. After an error the log is as it was.
  /// Errors: conflict (the run is not in the log any more, or only its batches tell of a producer: LogStore::secure_producers comes
  /// first), closed, io ...
  Status replace_segments(const SegmentList& run, const std::shared_ptr<Segment>& fresh);
  /// Remembers, durably, that everything below `point` was compacted. Errors: closed, io ...
  Status note_cleaned(Offset point);

  /// Known producers by id, without those that expired; who has a transaction open does not.
  std::vector<ProducerEntry> producers(WallTime now) const;
  void expire_producers(WallTime now);

  /// New values for later appends.
  void set_options(const LogOptions& options);

  const LogIdentity& identity() const { return identity_; }
  /// What opening it found and did.
  LogRecovery recovery() const;
  /// Bytes in all segments, headers included. Opens none of them.
  std::uint64_t size_bytes() const;
  std::size_t segment_count() const;

  /// For LogStore: the log's line of the manifest. Writes out what a restart would otherwise have to scan (index entries, producers),
  /// and what rolls owe.
  Result<ManifestEntry> checkpoint(WallTime now);
  /// Syncs all and writes what a clean start wants to find. Appends are refused afterwards.
  Result<ManifestEntry> close(WallTime now);
  /// The topic was deleted: appends are refused with Errc::closed; readers that hold runs go on.
  void retire();

  /// For LogStore::restore_log: the line of the manifest that makes recovery read again what is not synced.
  /// Errors: closed; invalid_argument (the log is not stopped).
  Result<ManifestEntry> line_for_restore() const;
  /// For whoever changes files beside the log's own calls: while it is held, no file of a complete segment and none beside the batches
  /// changes, and the directory is not another topic's. Errors: closed (it may be).
  Result<std::unique_lock<std::mutex>> hold_files();
  /// For LogStore::restore_log: goes on with what recovery found while the files were held. Errors: closed.
  Status restore(RecoveredLog recovered);
  LogOptions options() const;

 private:
  struct Group;
  struct ReadRequest;
  struct SnapshotFile {
    Offset offset;
    bool durable = false;
    bool adopted = false;  // an earlier run wrote it: durable or not
  };
  enum class FileKind : std::uint8_t { unsynced, durable };
  struct Dropped {
    std::string path;
    std::int64_t due_ms = 0;
  };
  /// A segment that was rolled: what settle() has to write for it.
  struct Rolled {
    std::shared_ptr<Segment> segment;
    SegmentHeader sealed;
    std::vector<std::byte> producers;  // as of its end; empty = not to be written
    std::vector<std::byte> aborted;    // its index of aborted transactions; empty = it has none
  };

  /// Looks at the files, if that was not done yet. To be called, without mutex_, by whatever needs segments, epochs or producers.
  Status ensure_open() const;
  void adopt(RecoveredLog recovered);

  // With mutex_ held; log_append.cc.
  void append_one(AppendItem& item, Group& group);
  bool admit(AppendItem& item, const record::BatchHeader& header);
  void take_up(const AppendItem& item, const record::BatchHeader& header, WallTime now);
  void flush(Group& group);
  void publish(const Group& group);
  void fail_items(const Group& group, const Error& error);
  bool must_roll(std::uint64_t bytes, std::int64_t offsets, WallTime now) const;
  Status roll(WallTime now);
  Status sync_names();
  Rolled rolled_active(WallTime now) const;
  Status prepare_tail(WallTime now);
  Status write_tail(const Group& group);
  void add_zeros(std::uint64_t count);
  void stop(Errc code);
  void publish_segments(SegmentList segments);
  // With mutex_ held; log_transactions.cc.
  std::optional<Errc> transaction_error(const AppendItem& item, const record::BatchHeader& header,
                                        std::optional<Errc> sequence_error) const;
  std::optional<Errc> marker_error(const AppendItem& item) const;
  void publish_transactions();
  void note_first_unstable(Offset visible);
  void adopt_transactions(RecoveredLog& recovered, Offset visible);
  void drop_aborted_below(Offset start);
  /// Whether a start has anything to learn from a snapshot.
  bool has_producer_state() const { return !producers_.empty() || !aborted_.empty(); }
  std::vector<std::byte> encode_producers(Offset end) const;
  std::vector<std::byte> encode_aborted(Offset from, Offset to) const;
  // With mutex_ held; log_sync.cc.
  Result<SyncTarget> begin_sync_locked();
  void finish_sync_locked(const SyncTarget& target, const Status& outcome);
  Status sync_to(Offset end);
  Status drop_zeros();
  void show_up_to(Offset high_watermark);
  ManifestEntry manifest_entry() const;
  // With files_mutex_ held and mutex_ not; log_settle.cc.
  Status settle();
  Status settle_segment(const Rolled& rolled);
  Status secure_producers();
  bool knows_producers(Offset border, Offset recovery_point) const;
  bool knows_producers_now(Offset border) const;
  Status write_snapshot(Offset offset, ByteView bytes, SnapshotFile kind);
  Status write_aborted(Offset base, ByteView bytes, FileKind kind);
  Status write_active_aborted(FileKind kind);
  Status write_unsynced(const std::string& path, ByteView bytes);
  void prune_snapshots();

  // With files_mutex_ held; compaction/log_compaction.cc.
  Result<Offset> end_of_run(const SegmentList& run) const;
  Status index_run(const Swap& swap);
  Status finish_owed_swap();

  // log_retention.cc.
  std::int64_t roll_age_ms(Offset base) const;
  bool rests_unrolled(WallTime now) const;
  bool rests_whole(const RetentionOptions& keep, WallTime now) const;
  AtRest at_rest() const;
  Result<Offset> outdated_below(const RetentionOptions& keep, WallTime now) const;
  Result<std::int64_t> newest_record_ms(const SegmentList& list, std::size_t place) const;
  Status put_aside(const Segment& segment);

  // log_read.cc.
  template <class Read>
  auto with_current_segments(Read read) const -> decltype(read(SegmentList{}));
  Result<ReadPlan> read_once(const ReadRequest& request, ReadCursor& cursor) const;
  Result<std::optional<TimestampOffset>> time_in(const SegmentList& list, std::int64_t target_ms) const;
  Result<TimestampOffset> max_timestamp_in(const SegmentList& list) const;
  std::shared_ptr<const SegmentList> segments() const;
  std::shared_ptr<const Segment> segment_at(Offset offset) const;
  std::shared_ptr<const Segment> segment_behind(const Segment& segment, Offset next) const;
  struct ReadState;
  Status read_segment(ReadState& state) const;

  const std::shared_ptr<OpenFiles> open_files_;  // shared, because readers may outlive the store
  fs::FileSystem& fs_;                           // the same
  const LogIdentity identity_;

  mutable std::atomic<bool> opened_ = false;

  std::atomic<std::int64_t> log_start_;
  std::atomic<std::int64_t> log_end_;
  std::atomic<std::int64_t> high_watermark_;
  std::atomic<std::int64_t> first_unstable_ = INT64_MAX;  // falls before the high watermark rises, and rises after it
  std::atomic<bool> has_aborted_ = false;
  std::atomic<std::int32_t> leader_epoch_;
  std::atomic<std::int64_t> noted_point_ = 0;  // the recovery point that the manifest on disk has
  std::atomic<std::uint64_t> generation_ = 0;
  std::atomic<bool> stopped_ = false;

  mutable std::mutex segments_mutex_;  // held for the copy of a pointer
  std::shared_ptr<const SegmentList> segments_;

  // Held while files of complete segments and those beside the batches are looked at first or change, over their syncs; taken before
  // mutex_. Appends, syncs and reads never wait for it. It guards these.
  mutable std::mutex files_mutex_;
  mutable std::unique_ptr<RecoveryInput> unopened_;  // what is known of files that nobody has looked at
  mutable bool open_failing_ = false;                // the last look failed; said once
  std::vector<SnapshotFile> snapshots_;              // by offset
  Offset snapshot_end_ = kNoOffset;                  // log end at the last checkpoint's snapshot
  std::set<Offset> aborted_files_;                   // bases of segments with an index of aborted transactions
  std::optional<AbortedRange> aborted_saved_;        // of the active segment's, as its file has it
  std::optional<Offset> aborted_durable_;            // base of the active segment when a power loss leaves that file whole
  std::optional<Swap> owed_swap_;                    // committed, and not finished on disk
  bool compaction_barred_ = false;                   // until the log's files are read anew

  mutable std::mutex aborted_mutex_;  // held for a look or an entry; taken after mutex_, which changes need too
  AbortedIndex aborted_;              // of all segments

  mutable std::mutex mutex_;  // all below; held over the append's write
  LogRecovery recovery_;
  LogOptions options_;
  EpochCache epochs_;
  ProducerTable producers_;
  OpenTransactions transactions_;
  std::vector<AbortedTransaction> aborted_now_;            // by the write that is under way
  std::vector<AbortedRange> aborted_ranges_;               // of complete segments that have any; oldest first
  std::shared_ptr<Segment> active_;                        // null until the first append of an empty log
  std::vector<std::shared_ptr<Segment>> unsynced_rolled_;  // complete, not known to be durable; oldest first
  std::vector<Rolled> unsettled_;                          // oldest first
  bool epochs_owed_ = false;                               // the newest epoch is not in its file
  std::optional<Errc> refused_;                            // why appends are refused
  std::uint64_t names_made_ = 1;                           // changes of the directory; the first stands for what an earlier run left
  std::uint64_t names_synced_ = 0;                         // of these
  bool roll_owed_ = false;                                 // a roll failed half-way and comes first
  bool write_failing_ = false;                             // the last write failed; said once
  bool sync_failed_ = false;                               // then the page cache is not to be believed either
  Offset synced_end_;
  Offset synced_stable_;  // below this every transaction has ended, and its end is synced
  std::uint64_t appended_bytes_ = 0;
  std::uint64_t synced_bytes_ = 0;  // of the above
  std::vector<Dropped> dropped_;    // files put aside, by due time
  std::vector<ByteView> pieces_;    // kept for its memory
};

}  // namespace streamline::storage
