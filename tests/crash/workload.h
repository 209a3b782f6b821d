// Workload: a random history of one data directory under a seed, and a model of what every later start must find.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "fs/memory_file_system.h"
#include "record/end_marker.h"
#include "storage/log_store.h"

namespace streamline::storage::crash {

struct SentRecord {
  int key = 0;
  bool tombstone = false;
};

/// One batch that was handed to the log: data, or the end of a transaction.
struct SentBatch {
  std::int64_t offset = -1;
  std::int32_t count = 0;
  std::vector<SentRecord> records;
  std::int64_t tag = 0;  // its records' timestamps start at a thousand times this; no two batches share one
  ProducerId producer;
  std::int32_t sequence = 0;
  Durability mode = Durability::always;  // when it was appended, or a weaker one that came while it waited
  bool acked = false;                    // in `always`: the high watermark has passed it
  bool durable = false;                  // a sync has covered it, whatever the mode
  bool transactional = false;
  std::optional<record::TransactionEnd> end = {};
  bool failed = false;  // refused after a write was tried: it may be whole on disk all the same, or absent
};

/// How a directory is brought back.
enum class Stop : std::uint8_t { power_cut, kill };

class Workload {
 public:
  explicit Workload(std::uint64_t seed);

  /// Some random steps: appends in every mode, syncs that take their time, rolls, checkpoints, faults, DeleteRecords, retention by time and
  /// size, rounds of compaction, topics deleted and made again, changed configs, orderly restarts.
  void run();
  /// Ends the run and starts again from what such a stop leaves; false with failure() set when something is wrong.
  bool stop_and_check(Stop stop, std::uint64_t clone_seed);
  const std::string& failure() const { return failure_; }
  /// How many batches were promised to be there for good: a model that owes nothing proves nothing.
  std::uint64_t owed_batches() const;
  /// And how much compaction and retention took while it held: one that loses nothing proves little either.
  std::uint64_t compacted_records() const { return compacted_records_; }
  std::uint64_t moved_starts() const { return moved_starts_; }
  /// Aborted transactions that readers had to be told of, and open ones that had to hold them back, summed over all looks.
  std::uint64_t told_aborts() const { return told_aborts_; }
  std::uint64_t held_back() const { return held_back_; }

 private:
  static constexpr int kLogs = 3;
  static constexpr int kProducers = 3;
  static constexpr int kTransactors = 2;  // whose ids follow; each has a transaction open or none
  static constexpr int kKeys = 8;
  static constexpr std::int64_t kDeleteRetentionMs = 30;
  /// A round of compaction that was begun: whatever lies below `end` may have been looked at.
  struct Round {
    std::int64_t ms = 0;
    std::int64_t end = 0;
  };
  struct LogState {
    int slot = 0;
    int generation = 0;  // the topic is deleted and made again
    LogOptions options;
    std::shared_ptr<Log> log;
    std::optional<SyncTarget> pending;  // a sync that has begun and not run
    bool sync_failed = false;           // since the log was opened
    std::vector<SentBatch> sent;        // there for good, or whose fate is open; in the order of sending
    std::map<std::int64_t, std::int32_t> next_sequence;
    std::int64_t seen_end = 0;     // nothing below this offset may be handed out again
    std::int64_t log_start = 0;    // durable
    std::int64_t asked_start = 0;  // the furthest that it may be
    bool compacts = false;
    std::vector<Round> rounds;
    std::int64_t cleaned_end = 0;  // the furthest of them
  };
  struct FoundRecord {
    std::int64_t offset = -1;
    std::int64_t timestamp = -1;
    std::string key;
    std::optional<std::string> value;
  };
  struct FoundBatch {
    record::BatchHeader header;
    std::vector<FoundRecord> records;
  };
  using Found = std::map<std::int64_t, FoundBatch>;

  // workload.cc
  bool open(const std::string& boot);
  bool open_log(LogState& state);
  void step();
  void append(LogState& state, int batches);
  SentBatch next_batch(const LogState& state, std::map<std::int64_t, std::int32_t>& sequences);
  SentBatch next_transactional(const LogState& state, std::int64_t transactor, std::map<std::int64_t, std::int32_t>& sequences);
  void sync(LogState& state);
  void restore(LogState& state);
  void delete_records(LogState& state);
  void move_start(LogState& state, Offset start);
  void retain(LogState& state);
  void compact(LogState& state);
  void change_options(LogState& state);
  void delete_topic(LogState& state);
  void inject_fault();
  void lose_disk();
  void restart_cleanly();
  void choose_options(LogState& state);
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  bool wrong(const std::string& what);

  // workload_check.cc
  static void acknowledge(LogState& state);
  bool check(LogState& state, Stop stop);
  static Result<Found> read_log(const Log& log);
  static const SentBatch* batch_of(const LogState& state, const FoundBatch& found);
  bool check_found(LogState& state, const Found& found, std::vector<std::int64_t>& tags);
  bool check_owed(const LogState& state, Stop stop, const Found& found);
  static bool may_be_compacted_away(const LogState& state, const SentRecord& record, std::int64_t offset,
                                    const std::map<std::string, std::int64_t>& newest);
  void settle(LogState& state, Stop stop, const std::vector<std::int64_t>& tags);
  bool check_duplicates(LogState& state);

  // workload_transactions.cc
  struct Transactions {
    std::map<std::int64_t, std::int64_t> open;  // first offset by producer
    std::vector<AbortedTransaction> aborted;
    /// Data of an aborted one; the marker that aborted one.
    bool is_aborted(const SentBatch& batch) const;
    bool is_told_of(const SentBatch& marker) const;
  };
  /// What everything that was sent and is there makes of them.
  static Transactions transactions_of(const LogState& state);
  bool check_transactions(const LogState& state);

  std::mt19937_64 random_;
  std::unique_ptr<fs::MemoryFileSystem> fs_;
  std::unique_ptr<LogStore> store_;
  LogState logs_[kLogs];
  std::int64_t next_tag_ = 1;
  std::int64_t next_producer_id_ = 0;
  WallTime now_{1'000'000};
  int boot_ = 0;
  std::uint64_t compacted_records_ = 0;
  std::uint64_t moved_starts_ = 0;
  std::uint64_t told_aborts_ = 0;
  std::uint64_t held_back_ = 0;
  std::string failure_;
};

std::string key_of(const SentRecord& record);
/// Begins with what tells it from every other value.
std::string value_of(const SentBatch& batch, std::size_t place, std::size_t more_bytes);
std::vector<std::byte> make_batch(const SentBatch& batch, std::size_t value_bytes);

}  // namespace streamline::storage::crash
