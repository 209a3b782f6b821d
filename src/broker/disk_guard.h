// DiskGuard: how full the data directory's disk is, in two steps: low is said, full also refuses new records and new topics, so that
// what is needed to make room (fetches, deletes, changes of configs, checkpoints) still finds some.
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/result.h"
#include "fs/file_system.h"

namespace streamline::broker {

class DiskGuard {
 public:
  enum class Level : std::uint8_t { fine, low, full };
  struct Thresholds {
    std::uint64_t low_bytes = 0;   // fewer free bytes are said in the log; 0 = never
    std::uint64_t full_bytes = 0;  // fewer free bytes refuse writes; 0 = never
  };

  DiskGuard(fs::FileSystem& files, std::string directory, const Thresholds& thresholds)
      : files_(files), directory_(std::move(directory)), thresholds_(thresholds) {}

  Level level() const { return level_.load(std::memory_order_relaxed); }
  bool refuses_writes() const { return level() == Level::full; }
  /// For the client: what is short and what ends it. Errc::no_space.
  Error refusal() const;
  /// Looks at the disk; says in one line when the level changed.
  Level check();

 private:
  Level judge(std::uint64_t free_bytes) const;

  fs::FileSystem& files_;
  const std::string directory_;
  const Thresholds thresholds_;
  std::mutex check_mutex_;  // one look at a time, so that each change is said once
  std::atomic<Level> level_ = Level::fine;
  std::atomic<std::uint64_t> free_bytes_ = 0;  // at the last check
};

}  // namespace streamline::broker
