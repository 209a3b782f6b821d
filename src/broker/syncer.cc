// The sync of one partition, when the next one follows, and what follows a failure.
#include "broker/syncer.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "broker/turn_syncs.h"

namespace streamline::broker {

namespace {

/// The wait before the next attempt, given the last one's; 0 = this is the first.
std::int64_t next_retry_ms(std::int64_t last_ms) {
  if (last_ms == 0) return Syncer::kFirstRetry.count();
  return std::min(last_ms * 2, std::int64_t{Syncer::kLastRetry.count()});
}

}  // namespace

void Syncer::appended(const std::shared_ptr<Partition>& partition, std::int64_t bytes, TurnSyncs* turn) {
  auto& state = partition->sync_state();
  state.unsynced_bytes += bytes;
  state.dirty = true;
  state.delay_ms = 0;
  if (state.queued) return;
  if (turn == nullptr) return queue(partition);
  state.queued = true;
  turn->want(partition);
}

void Syncer::appended_lazily(const std::shared_ptr<Partition>& partition, std::chrono::milliseconds delay) {
  auto& state = partition->sync_state();
  state.dirty = true;
  state.delay_ms = delay.count();
  if (!state.queued) queue(partition);
}

void Syncer::queue(const std::shared_ptr<Partition>& partition) {
  auto& state = partition->sync_state();
  state.queued = true;
  submit(partition, state.delay_ms);
}

void Syncer::submit(const std::shared_ptr<Partition>& partition, std::int64_t delay_ms) {
  if (delay_ms == 0) {
    pool_.submit([this, partition] { sync(partition, nullptr); });
  } else {
    pool_.submit_after(std::chrono::milliseconds(delay_ms), [this, partition] { sync(partition, nullptr); });
  }
}

void Syncer::hurry(const std::shared_ptr<Partition>& partition) { submit(partition, 0); }

void Syncer::sync_here(const std::shared_ptr<Partition>& partition, Shard* here) { sync(partition, here); }

void Syncer::sync(const std::shared_ptr<Partition>& partition, Shard* here) {
  Result<storage::SyncTarget> target = storage::SyncTarget{};
  std::int64_t bytes = 0;
  {
    const std::lock_guard lock(partition->mutex());
    target = partition->log().begin_sync();
    auto& state = partition->sync_state();
    bytes = std::exchange(state.unsynced_bytes, 0);
    state.unsynced_records = 0;
    state.dirty = false;
  }
  if (!target) return put_off(partition, target.error(), bytes);
  const auto begun = std::chrono::steady_clock::now();
  const Status status = target->run();
  last_sync_.store(std::chrono::steady_clock::now() - begun, std::memory_order_relaxed);
  bool again = false;
  std::int64_t delay_ms = 0;
  {
    const std::lock_guard lock(partition->mutex());
    partition->log().finish_sync(*target, status);
    auto& state = partition->sync_state();
    if (std::exchange(state.sync_retry_ms, 0) > 0 && status) {
      log::info("storage", "syncs succeed again topic={} partition={}", partition->id().topic, partition->id().index);
    }
    again = status && state.dirty;
    state.queued = again;
    delay_ms = state.delay_ms;
    if (!status) stopped(partition);
  }
  // Without the lock: a pool that ends runs the job at once.
  if (again) submit(partition, delay_ms);
  // The log has told of its failure; whoever waits is told by progress without bytes.
  if (!status) bytes = 0;
  calls_.on_progress(partition, bytes, here);
}

/// A sync that could not begin: nothing is known to be lost, so what waits for it goes on waiting, until its own time is up.
void Syncer::put_off(const std::shared_ptr<Partition>& partition, const Error& cause, std::int64_t bytes) {
  const std::lock_guard lock(partition->mutex());
  auto& state = partition->sync_state();
  if (partition->log().is_stopped() || partition->closed()) {
    state.queued = false;
    return;
  }
  if (state.sync_retry_ms == 0) {
    log::error("storage", "sync cannot begin, it is tried again topic={} partition={} error={}", partition->id().topic,
               partition->id().index, cause.text);
  }
  state.unsynced_bytes += bytes;
  state.dirty = true;
  state.sync_retry_ms = next_retry_ms(state.sync_retry_ms);
  submit(partition, state.sync_retry_ms);
}

void Syncer::stopped(const std::shared_ptr<Partition>& partition) {
  auto& state = partition->sync_state();
  if (state.restore_retry_ms > 0) return;
  submit_restore(partition);
}

void Syncer::submit_restore(const std::shared_ptr<Partition>& partition) {
  auto& state = partition->sync_state();
  state.restore_retry_ms = next_retry_ms(state.restore_retry_ms);
  pool_.submit_after(std::chrono::milliseconds(state.restore_retry_ms), [this, partition] { restore(partition); });
}

void Syncer::restore(const std::shared_ptr<Partition>& partition) {
  const Status restored = calls_.restore(partition->log());
  {
    const std::lock_guard lock(partition->mutex());
    auto& state = partition->sync_state();
    if (!restored && !partition->closed() && partition->log().is_stopped()) {
      log::debug("storage", "log stays stopped topic={} partition={} cause={}", partition->id().topic, partition->id().index,
                 restored.error().text);
      return submit_restore(partition);
    }
    state.restore_retry_ms = 0;
  }
  calls_.on_progress(partition, 0, nullptr);
}

}  // namespace streamline::broker
