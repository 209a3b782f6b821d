// Workload: a random history of one data directory under a seed, and a model of what every later start must find.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fs/memory_file_system.h"
#include "storage/log_store.h"

namespace streamline::storage::crash {

/// One batch that was handed to the log.
struct SentBatch {
  std::int64_t offset = -1;
  std::int32_t count = 0;
  std::int64_t tag = 0;  // its records' timestamps start here; no two batches share one
  ProducerId producer;
  std::int32_t sequence = 0;
  bool acked = false;
  bool failed = false;  // refused after a write was tried: it may be whole on disk all the same, or absent
};

/// How a directory is brought back.
enum class Stop : std::uint8_t { power_cut, kill };

class Workload {
 public:
  explicit Workload(std::uint64_t seed);

  /// Some random steps: appends in `always`, syncs, rolls, checkpoints, faults, orderly restarts.
  void run();
  /// Ends the run and starts again from what such a stop leaves; false with failure() set when something is wrong.
  bool stop_and_check(Stop stop, std::uint64_t clone_seed);
  const std::string& failure() const { return failure_; }
  std::uint64_t acked_batches() const;

 private:
  static constexpr int kLogs = 2;
  static constexpr int kProducers = 3;
  struct LogState {
    std::shared_ptr<Log> log;
    std::vector<SentBatch> sent;  // acked, or whose fate is open; in the order of sending
    std::map<std::int64_t, std::int32_t> next_sequence;
    std::int64_t seen_end = 0;     // nothing below this offset may be handed out again
    std::int64_t log_start = 0;    // durable
    std::int64_t asked_start = 0;  // the furthest that it may be
  };

  bool open(const std::string& boot);
  void step();
  void append(LogState& state, int batches);
  void sync(LogState& state);
  void restore(LogState& state);
  void acknowledge(LogState& state);
  void delete_records(LogState& state);
  void inject_fault();
  void restart_cleanly();
  bool check(LogState& state, Stop stop);
  bool check_duplicates(LogState& state);
  bool wrong(const std::string& what);
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }

  std::mt19937_64 random_;
  std::unique_ptr<fs::MemoryFileSystem> fs_;
  std::unique_ptr<LogStore> store_;
  LogOptions options_;
  LogState logs_[kLogs];
  std::int64_t next_tag_ = 1;
  std::int64_t next_producer_id_ = 0;
  WallTime now_{1'000'000};
  int boot_ = 0;
  std::string failure_;
};

}  // namespace streamline::storage::crash
