// The sync of one partition, and when the next one follows.
#include "broker/syncer.h"

#include <utility>

namespace streamline::broker {

void Syncer::appended(const std::shared_ptr<Partition>& partition, std::int64_t bytes) {
  auto& state = partition->sync_state();
  state.unsynced_bytes += bytes;
  state.dirty = true;
  state.delay_ms = 0;
  if (!state.queued) queue(partition);
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
    pool_.submit([this, partition] { sync(partition); });
  } else {
    pool_.submit_after(std::chrono::milliseconds(delay_ms), [this, partition] { sync(partition); });
  }
}

void Syncer::hurry(const std::shared_ptr<Partition>& partition) { submit(partition, 0); }

void Syncer::sync(const std::shared_ptr<Partition>& partition) {
  storage::SyncTarget target;
  std::int64_t bytes = 0;
  {
    const std::lock_guard lock(partition->mutex());
    target = partition->log().begin_sync();
    auto& state = partition->sync_state();
    bytes = std::exchange(state.unsynced_bytes, 0);
    state.unsynced_records = 0;
    state.dirty = false;
  }
  const Status status = target.run();
  bool again = false;
  std::int64_t delay_ms = 0;
  {
    const std::lock_guard lock(partition->mutex());
    partition->log().finish_sync(target, status);
    if (!status) partition->mark_failed();
    auto& state = partition->sync_state();
    again = status && state.dirty;
    state.queued = again;
    delay_ms = state.delay_ms;
  }
  // Without the lock: a pool that ends runs the job at once.
  if (again) submit(partition, delay_ms);
  // The log has told of its failure; whoever waits is told by progress without bytes.
  if (!status) bytes = 0;
  on_progress_(partition, bytes);
}

}  // namespace streamline::broker
