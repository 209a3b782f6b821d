// Syncer: makes appended batches durable, on the pool or on the reactor that asks: at once where acks wait for it, after an interval
// elsewhere; and brings logs back whose sync failed.
// One sync per partition at a time; whatever was appended meanwhile goes with the next one, so acks are grouped by themselves.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "broker/partition.h"
#include "broker/pool.h"

namespace streamline::broker {

class Shard;
class TurnSyncs;

/// The holder of partition->mutex() calls appended…(), hurry(), start() and stopped().
class Syncer {
 public:
  struct Calls {
    /// Told that `bytes` more of the partition became visible, or (0) that its state changed: its sync was done or failed, or its log
    /// takes writes again. On a pool thread, but where sync_here() was called; that caller's shard is `here`, else null.
    std::function<void(const std::shared_ptr<Partition>&, std::int64_t bytes, Shard* here)> on_progress;
    /// On a pool thread: LogStore::restore_log.
    std::function<Status(storage::Log&)> restore;
  };
  Syncer(Pool& pool, Calls calls, std::chrono::nanoseconds quick = kQuick) : pool_(pool), calls_(std::move(calls)), quick_(quick) {}

  /// After an append of `bytes` to a log whose readers and acks wait for the sync. When one has to begin, the reactor whose turn this
  /// is decides where; without one (null) it is the pool.
  void appended(const std::shared_ptr<Partition>& partition, std::int64_t bytes, TurnSyncs* turn);
  /// Begins on the pool a sync that TurnSyncs was asked for.
  void start(const std::shared_ptr<Partition>& partition) { submit(partition, 0); }
  /// The same on the caller's thread, which waits for it; it holds no lock.
  void sync_here(const std::shared_ptr<Partition>& partition, Shard* here);
  /// Any thread: the last sync took so little that handing it to the pool would have cost about as much. False before the first.
  bool is_quick() const { return last_sync_.load(std::memory_order_relaxed) < quick_; }
  /// After an append to a log that is synced within `delay`; nobody waits for it.
  void appended_lazily(const std::shared_ptr<Partition>& partition, std::chrono::milliseconds delay);
  /// Syncs now what appended_lazily() put off.
  void hurry(const std::shared_ptr<Partition>& partition);
  /// An append has found the log stopped: it is restored as soon as its disk lets it.
  void stopped(const std::shared_ptr<Partition>& partition);

  /// Waits between attempts at what failed grow from the first to the second.
  static constexpr std::chrono::milliseconds kFirstRetry{100};
  static constexpr std::chrono::milliseconds kLastRetry{10'000};
  static constexpr std::chrono::microseconds kQuick{1000};

 private:
  void sync(const std::shared_ptr<Partition>& partition, Shard* here);
  void put_off(const std::shared_ptr<Partition>& partition, const Error& cause, std::int64_t bytes);
  void restore(const std::shared_ptr<Partition>& partition);
  void queue(const std::shared_ptr<Partition>& partition);
  void submit(const std::shared_ptr<Partition>& partition, std::int64_t delay_ms);
  void submit_restore(const std::shared_ptr<Partition>& partition);

  Pool& pool_;
  const Calls calls_;
  const std::chrono::nanoseconds quick_;
  std::atomic<std::chrono::nanoseconds> last_sync_ = std::chrono::nanoseconds::max();
};

}  // namespace streamline::broker
