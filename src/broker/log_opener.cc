// The shared list of logs to open, worked off by pool threads.
#include "broker/log_opener.h"

#include <chrono>

#include "base/log.h"

namespace streamline::broker {

namespace {
constexpr std::chrono::seconds kProgressInterval{1};
}

LogOpener::LogOpener(storage::LogStore& store, std::span<const Wanted> wanted, WallTime now) : store_(store), wanted_(wanted), now_(now) {
  for (const Wanted& topic : wanted_) total_ += static_cast<std::size_t>(topic.partition_count);
}

void LogOpener::run(Pool& pool, int threads) {
  std::unique_lock lock(mutex_);
  working_ = threads;
  for (int i = 0; i < threads; ++i) pool.submit([this] { work(); });
  while (!ended_.wait_for(lock, kProgressInterval, [this] { return working_ == 0; })) {
    lock.unlock();
    tell_progress();
    lock.lock();
  }
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

}  // namespace streamline::broker
