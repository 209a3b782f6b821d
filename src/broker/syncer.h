// Syncer: makes appended batches durable on the pool: at once where acks wait for it, after an interval elsewhere.
// One sync per partition at a time; whatever was appended meanwhile goes with the next one, so acks are grouped by themselves.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "broker/partition.h"
#include "broker/pool.h"

namespace streamline::broker {

/// The holder of partition->mutex() calls appended…(); everything else happens on pool threads.
class Syncer {
 public:
  /// Told on a pool thread that `bytes` more of the partition became visible, or (0) that its sync was done or failed.
  using OnProgress = std::function<void(const std::shared_ptr<Partition>&, std::int64_t bytes)>;

  Syncer(Pool& pool, OnProgress on_progress) : pool_(pool), on_progress_(std::move(on_progress)) {}

  /// After an append of `bytes` to a log whose readers and acks wait for the sync.
  void appended(const std::shared_ptr<Partition>& partition, std::int64_t bytes);
  /// After an append to a log that is synced within `delay`; nobody waits for it.
  void appended_lazily(const std::shared_ptr<Partition>& partition, std::chrono::milliseconds delay);
  /// Syncs now what appended_lazily() put off.
  void hurry(const std::shared_ptr<Partition>& partition);

 private:
  void sync(const std::shared_ptr<Partition>& partition);
  void queue(const std::shared_ptr<Partition>& partition);
  void submit(const std::shared_ptr<Partition>& partition, std::int64_t delay_ms);

  Pool& pool_;
  const OnProgress on_progress_;
};

}  // namespace streamline::broker
