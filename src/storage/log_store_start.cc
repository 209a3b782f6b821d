// Moving log starts: durable in the manifest first, seen by readers second, files last.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/log_store.h"

namespace streamline::storage {

/// One log's part in a call of move_starts.
struct LogStore::Mover {
  std::shared_ptr<Log> log;
  Offset start{0};
  /// What the manifest said before, when it was changed for this.
  std::optional<ManifestEntry> before;
  bool noted = false;
};

std::vector<Status> LogStore::move_starts(std::span<const StartMove> moves, WallTime now) {
  const std::lock_guard guard(checkpoint_mutex_);
  std::vector<Status> outcomes(moves.size());
  std::vector<Mover> movers(moves.size());
  bool any_noted = false;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    movers[i].start = moves[i].start;
    outcomes[i] = note_start(moves[i], movers[i], now);
    any_noted = any_noted || movers[i].noted;
  }
  const Status written = any_noted ? write_manifest() : Status{};
  // Backwards, so that a log that is named twice gets back what it had first.
  for (std::size_t i = moves.size(); !written && i-- > 0;) {
    if (!movers[i].noted) continue;
    outcomes[i] = std::unexpected(written.error());
    take_back(moves[i], movers[i]);
  }
  for (std::size_t i = 0; i < moves.size(); ++i) {
    if (outcomes[i]) movers[i].log->show_start(movers[i].start, now);
  }
  return outcomes;
}

/// checkpoint_mutex_ held.
Status LogStore::note_start(const StartMove& move, Mover& mover, WallTime now) {
  const LogKey key(move.topic_id, move.partition);
  if (closed_) return fail(Errc::closed, "the data directory is closed");
  {
    const std::lock_guard guard(mutex_);
    const auto open = logs_.find(key);
    if (open == logs_.end()) return fail(Errc::closed, "the partition is gone");
    mover.log = open->second;
  }
  if (move.start <= mover.log->log_start()) return {};
  // So that no recovery looks for anything below the start, and the producers' snapshots above it are believed.
  if (Status synced = mover.log->sync_below(move.start); !synced) return synced;
  Result<ManifestEntry> entry = mover.log->checkpoint_before(move.start, now);
  if (!entry) return fail_with(std::move(entry));
  entry->log_start = std::max(entry->log_start, move.start);
  entry->boot_hash = boot_hash_;
  const std::lock_guard guard(mutex_);
  if (!logs_.contains(key)) return fail(Errc::closed, "the partition is gone");
  const auto [place, added] = manifest_.try_emplace(key, *entry);
  if (!added) {
    entry->log_start = std::max(entry->log_start, place->second.log_start);
    mover.before = std::exchange(place->second, *entry);
  }
  mover.noted = true;
  return {};
}

/// checkpoint_mutex_ held.
void LogStore::take_back(const StartMove& move, const Mover& mover) {
  const std::lock_guard guard(mutex_);
  manifest_is_old_ = true;
  const auto place = manifest_.find(LogKey(move.topic_id, move.partition));
  if (place == manifest_.end()) return;
  if (mover.before) {
    place->second = *mover.before;
  } else {
    manifest_.erase(place);
  }
}

}  // namespace streamline::storage
