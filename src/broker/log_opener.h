// LogOpener: opens the logs of all topics at a start, several at once, so that what a power cut left is scanned as fast as the disk
// reads; says each second how far it is, and what was found at the end. Belongs to the thread that starts the broker.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>

#include "base/ids.h"
#include "base/wall_time.h"
#include "broker/pool.h"
#include "storage/log_store.h"

namespace streamline::broker {

class LogOpener {
 public:
  struct Wanted {
    std::string_view name;
    TopicId id;
    std::int32_t partition_count = 0;
    storage::LogOptions options;
  };

  LogOpener(storage::LogStore& store, std::span<const Wanted> wanted, WallTime now);

  /// Returns when all were tried. What cannot be opened is told by whoever opens it next: LogStore tries again then.
  void run(Pool& pool, int threads);

 private:
  void work();
  bool open_next();
  void tell_progress() const;
  void tell_result(std::chrono::milliseconds took) const;

  storage::LogStore& store_;
  const std::span<const Wanted> wanted_;
  const WallTime now_;
  std::size_t total_ = 0;

  std::mutex mutex_;  // guards the next four
  std::condition_variable ended_;
  std::size_t topic_ = 0;
  std::int32_t partition_ = 0;
  int working_ = 0;
  std::atomic<std::size_t> done_ = 0;
  std::atomic<std::size_t> failed_ = 0;
};

}  // namespace streamline::broker
