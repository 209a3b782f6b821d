// Choosing the place of a sync.
#include "broker/turn_syncs.h"

#include <utility>

namespace streamline::broker {

void TurnSyncs::note_request(const void* connection) {
  if (served_ == nullptr) served_ = connection;
  if (served_ != connection) is_alone_ = false;
  if (has_waited_ && synced_for_ != connection) paused_until_ms_ = reactor_.now_ms() + kPauseMs;
}

void TurnSyncs::want(const std::shared_ptr<Partition>& partition) {
  if (!is_spread_ && wanted_ == nullptr && syncer_.is_quick()) {
    wanted_ = partition;
    return;
  }
  // Side by side on the pool, as early as possible.
  is_spread_ = true;
  hand_over();
  syncer_.start(partition);
}

bool TurnSyncs::run(Shard* here) {
  const bool may_wait = is_alone_ && reactor_.now_ms() >= paused_until_ms_;
  const void* const served = std::exchange(served_, nullptr);
  is_alone_ = true;
  is_spread_ = false;
  has_waited_ = false;
  if (!may_wait) hand_over();
  const auto partition = std::exchange(wanted_, nullptr);
  if (partition == nullptr) return false;
  syncer_.sync_here(partition, here);
  has_waited_ = true;
  // A sync that follows from an earlier one (an end of a transaction has several) is for the same client.
  if (served != nullptr) synced_for_ = served;
  reactor_.post([] {});
  return true;
}

void TurnSyncs::hand_over() {
  if (const auto partition = std::exchange(wanted_, nullptr)) syncer_.start(partition);
}

}  // namespace streamline::broker
