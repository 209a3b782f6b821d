// What lets the next start find a log quickly: the files beside the batches, which a checkpoint writes without holding appends up.
#include <algorithm>
#include <utility>

#include "storage/log.h"
#include "storage/segment.h"

namespace streamline::storage {

Result<ManifestEntry> Log::checkpoint(WallTime now) {
  const std::lock_guard files(files_mutex_);
  if (Status settled = settle(); !settled) return fail_with(std::move(settled));
  ManifestEntry entry;
  std::vector<std::byte> snapshot;
  std::shared_ptr<Segment> active;
  {
    const std::lock_guard guard(mutex_);
    producers_.expire(now, options_.producer_id_expiration_ms);
    entry = manifest_entry();
    active = active_;
    if (active == nullptr || refused_ == Errc::closed || sync_failed_ || snapshot_end_ == entry.end) return entry;
    if (!producers_.empty()) snapshot = producers_.encode(entry.end);
  }
  // Neither is believed without being checked, so neither is synced.
  if (Status saved = active->save_index(); !saved) return fail_with(std::move(saved));
  if (!snapshot.empty()) {
    if (Status saved = write_snapshot(entry.end, snapshot, {entry.end, false}); !saved) return fail_with(std::move(saved));
    prune_snapshots(entry.recovery_point);
  }
  snapshot_end_ = entry.end;
  return entry;
}

/// Pays what rolls and the first append of an epoch owe, so that the manifest may claim it. One lock and nothing else when nothing is
/// owed.
Status Log::settle() {
  std::vector<Rolled> rolled;
  std::vector<std::byte> epochs;
  std::uint64_t names = 0;
  {
    const std::lock_guard guard(mutex_);
    names = active_ == nullptr ? names_synced_ : names_made_;
    if (sync_failed_ || (unsettled_.empty() && !epochs_owed_ && names_synced_ >= names)) return {};
    rolled = unsettled_;
    if (epochs_owed_) epochs = epochs_.encode();
  }
  if (!epochs.empty()) {
    if (Status saved = fs::replace_file(fs_, fs::join_path(identity_.directory, kEpochsName), epochs); !saved) return saved;
  }
  for (const Rolled& one : rolled) {
    if (Status settled = settle_segment(one); !settled) return settled;
  }
  for (const std::string& directory : {identity_.directory, fs::parent_path(identity_.directory)}) {
    if (Status synced = fs_.sync_directory(directory); !synced) return synced;
  }
  Offset synced_end{0};
  {
    const std::lock_guard guard(mutex_);
    // Only rolls add to these meanwhile, at the end, and retire() forgets them.
    const std::size_t paid = std::min(rolled.size(), unsettled_.size());
    unsettled_.erase(unsettled_.begin(), unsettled_.begin() + static_cast<std::ptrdiff_t>(paid));
    if (!epochs.empty()) epochs_owed_ = false;
    names_synced_ = std::max(names_synced_, names);
    synced_end = synced_end_;
  }
  prune_snapshots(synced_end);
  return {};
}

Status Log::settle_segment(const Rolled& rolled) {
  if (Status sealed = rolled.segment->seal(rolled.sealed); !sealed) return sealed;
  if (rolled.producers.empty()) return {};
  const Offset end = rolled.sealed.max_offset + 1;
  return write_snapshot(end, rolled.producers, {end, true});
}

Status Log::write_snapshot(Offset offset, ByteView bytes, SnapshotFile kind) {
  // What is durable there says the same, and is not put at risk.
  if (std::ranges::any_of(snapshots_, [&](const SnapshotFile& known) { return known.durable && known.offset == offset; })) return {};
  const std::string path = fs::join_path(identity_.directory, offset_file_name(offset, kProducersEnding));
  Result<std::unique_ptr<fs::File>> file = fs_.open(path, {.create = true});
  if (!file) return fail_with(std::move(file));
  if (Status cut = (*file)->truncate(0); !cut) return cut;
  if (Status written = (*file)->write_at(0, bytes); !written) return written;
  if (kind.durable) {
    if (Status synced = (*file)->sync(); !synced) return synced;
  }
  std::erase_if(snapshots_, [&](const SnapshotFile& known) { return known.offset == offset; });
  snapshots_.push_back(kind);
  std::ranges::sort(snapshots_, {}, &SnapshotFile::offset);
  return {};
}

/// Kept: the newest durable one that no power loss can invalidate, whatever is durable behind it, and the very newest.
void Log::prune_snapshots(Offset synced_end) {
  if (snapshots_.empty()) return;
  Offset oldest_kept = kNoOffset;
  for (const SnapshotFile& file : snapshots_) {
    if (file.durable && file.offset <= synced_end) oldest_kept = file.offset;
  }
  const Offset newest = snapshots_.back().offset;
  std::erase_if(snapshots_, [&](const SnapshotFile& file) {
    if (file.offset == newest || (file.durable && file.offset >= oldest_kept)) return false;
    const Status removed = fs_.remove(fs::join_path(identity_.directory, offset_file_name(file.offset, kProducersEnding)));
    return removed.has_value() || removed.error().code == Errc::not_found;
  });
}

}  // namespace streamline::storage
