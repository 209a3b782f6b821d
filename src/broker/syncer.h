// Syncer: makes appended batches durable on the pool: at once where acks wait for it, after an interval elsewhere; and brings logs
// back whose sync failed.
// One sync per partition at a time; whatever was appended meanwhile goes with the next one, so acks are grouped by themselves.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "broker/partition.h"
#include "broker/pool.h"

namespace streamline::broker {

/// The holder of partition->mutex() calls appended…(), hurry() and stopped(); everything else happens on pool threads.
class Syncer {
 public:
  struct Calls {
    /// Told on a pool thread that `bytes` more of the partition became visible, or (0) that its state changed: its sync was done or
    /// failed, or its log takes writes again.
    std::function<void(const std::shared_ptr<Partition>&, std::int64_t bytes)> on_progress;
    /// On a pool thread: LogStore::restore_log.
    std::function<Status(storage::Log&)> restore;
  };
  Syncer(Pool& pool, Calls calls) : pool_(pool), calls_(std::move(calls)) {}

  /// After an append of `bytes` to a log whose readers and acks wait for the sync.
  void appended(const std::shared_ptr<Partition>& partition, std::int64_t bytes);
  /// After an append to a log that is synced within `delay`; nobody waits for it.
  void appended_lazily(const std::shared_ptr<Partition>& partition, std::chrono::milliseconds delay);
  /// Syncs now what appended_lazily() put off.
  void hurry(const std::shared_ptr<Partition>& partition);
  /// An append has found the log stopped: it is restored as soon as its disk lets it.
  void stopped(const std::shared_ptr<Partition>& partition);

  /// Waits between attempts at what failed grow from the first to the second.
  static constexpr std::chrono::milliseconds kFirstRetry{100};
  static constexpr std::chrono::milliseconds kLastRetry{10'000};

 private:
  void sync(const std::shared_ptr<Partition>& partition);
  void put_off(const std::shared_ptr<Partition>& partition, const Error& cause, std::int64_t bytes);
  void restore(const std::shared_ptr<Partition>& partition);
  void queue(const std::shared_ptr<Partition>& partition);
  void submit(const std::shared_ptr<Partition>& partition, std::int64_t delay_ms);
  void submit_restore(const std::shared_ptr<Partition>& partition);

  Pool& pool_;
  const Calls calls_;
};

}  // namespace streamline::broker
