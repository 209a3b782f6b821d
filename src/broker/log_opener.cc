// The shared list of logs to open, worked off by pool threads.
#include "broker/log_opener.h"
#include "base/log.h"

namespace streamline::broker {

namespace {
constexpr std::chrono::seconds kProgressInterval{1};
}

LogOpener::LogOpener(storage::LogStore& store, std::span<const Wanted> wanted, WallTime now) : store_(store), wanted_(wanted), now_(now) {
  for (const Wanted& topic : wanted_) total_ += static_cast<std::size_t>(topic.partition_count);
}

void LogOpener::run(Pool& pool, int threads) {
  const auto began = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  working_ = threads;
  for (int i = 0; i < threads; ++i) pool.submit([this] { work(); });
  while (!ended_.wait_for(lock, kProgressInterval, [this] { return working_ == 0; })) {
    lock.unlock();
    tell_progress();
    lock.lock();
  }
  tell_result(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began));
}

void LogOpener::work() {
  while (open_next()) continue;
  const std::lock_guard lock(mutex_);
  if (--working_ == 0) ended_.notify_one();
}

bool LogOpener::open_next() {
  const Wanted* topic = nullptr;
  std::int32_t index = 0;
  {
    const std::lock_guard lock(mutex_);
    while (topic_ < wanted_.size() && partition_ >= wanted_[topic_].partition_count) {
      ++topic_;
      partition_ = 0;
    }
    if (topic_ == wanted_.size()) return false;
    topic = &wanted_[topic_];
    index = partition_++;
  }
  if (!store_.open_log(topic->name, topic->id, index, topic->options, now_)) ++failed_;
  ++done_;
  return true;
}

void LogOpener::tell_progress() const {
  log::info("storage", "recovering partitions={}/{} failed={} scanned_bytes={}", done_.load(), total_, failed_.load(),
            store_.scanned_bytes());
}

/// After an orderly stop nothing was looked at.
void LogOpener::tell_result(std::chrono::milliseconds took) const {
  const storage::RecoveryReport report = store_.report();
  const bool killed = report.last_stop == storage::LastStop::killed;
  if (!killed && report.last_stop != storage::LastStop::power_loss) return;
  const storage::LogRecovery& found = report.total;
  log::info("storage",
            "recovered after={} partitions={} failed={} ms={} scanned_bytes={} cut={} torn_bytes={} damaged_bytes={} damaged_batches={} "
            "missing_offsets={} rebuilt_files={}",
            killed ? "kill" : "power_loss", report.logs_opened, failed_.load(), took.count(), found.scanned_bytes, report.logs_cut,
            found.torn_bytes, found.damaged_bytes, found.damaged_batches, found.missing_offsets, found.rebuilt_files);
}

}  // namespace streamline::broker
