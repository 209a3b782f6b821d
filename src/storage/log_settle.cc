// What lets the next start find a log quickly: the files beside the batches, which a checkpoint writes without holding appends up.
#include <algorithm>
#include <utility>

#include "storage/log.h"
#include "storage/segment.h"

namespace streamline::storage {
namespace {
constexpr int kCheckpointTries = 8;
}  // namespace

Result<ManifestEntry> Log::checkpoint(WallTime now) {
  const std::lock_guard files(files_mutex_);
  if (Status settled = settle(); !settled) return fail_with(std::move(settled));
  ManifestEntry entry;
  std::vector<std::byte> snapshot;
  std::shared_ptr<Segment> active;
  {
    const std::lock_guard guard(mutex_);
    producers_.expire(now, options_.producer_id_expiration_ms, transactions_);
    entry = manifest_entry();
    active = active_;
    if (active == nullptr || refused_ == Errc::closed || sync_failed_ || snapshot_end_ == entry.end) return entry;
    if (has_producer_state()) snapshot = encode_producers(entry.end);
  }
  // Neither is believed without being checked, so neither is synced.
  if (Status saved = active->save_index(); !saved) return fail_with(std::move(saved));
  if (!snapshot.empty()) {
    if (Status saved = write_active_aborted(FileKind::unsynced); !saved) return fail_with(std::move(saved));
    if (Status saved = write_snapshot(entry.end, snapshot, {.offset = entry.end, .durable = false}); !saved)
      return fail_with(std::move(saved));
    prune_snapshots();
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
  {
    const std::lock_guard guard(mutex_);
    // Only rolls add to these meanwhile, at the end, and retire() forgets them.
    const std::size_t paid = std::min(rolled.size(), unsettled_.size());
    unsettled_.erase(unsettled_.begin(), unsettled_.begin() + static_cast<std::ptrdiff_t>(paid));
    if (!epochs.empty()) epochs_owed_ = false;
    names_synced_ = std::max(names_synced_, names);
  }
  prune_snapshots();
  return {};
}

Status Log::settle_segment(const Rolled& rolled) {
  if (Status sealed = rolled.segment->seal(rolled.sealed); !sealed) return sealed;
  if (Status saved = write_aborted(rolled.segment->base_offset(), rolled.aborted, FileKind::durable); !saved) return saved;
  if (rolled.producers.empty()) return {};
  const Offset end = rolled.sealed.max_offset + 1;
  return write_snapshot(end, rolled.producers, {.offset = end, .durable = true});
}

Result<ManifestEntry> Log::checkpoint_before(Offset start, WallTime now) {
  // Who has not looked at the files knows no producer, and must not write down that there is none.
  if (Status ready = ensure_open(); !ready) return fail_with(std::move(ready));
  for (int i = 0; i < kCheckpointTries; ++i) {
    Result<ManifestEntry> entry = checkpoint(now);
    if (!entry || entry->no_producers) return entry;
    const std::lock_guard files(files_mutex_);
    if (knows_producers(start, entry->recovery_point)) return entry;
    if (Status secured = secure_producers(); !secured) return fail_with(std::move(secured));
  }
  return fail(Errc::conflict, "the log rolls too fast to let old segments go");
}

/// Whether a start after a power loss, with that recovery point, finds everything below `border` that is to be known of producers in a
/// snapshot. The one that the roll behind the border wrote usually tells; it may have been given up.
bool Log::knows_producers(Offset border, Offset recovery_point) const {
  return std::ranges::any_of(
      snapshots_, [&](const SnapshotFile& file) { return file.durable && file.offset >= border && file.offset <= recovery_point; });
}

bool Log::knows_producers_without(Offset border) const {
  const std::lock_guard files(files_mutex_);
  return knows_producers_now(border);
}

/// files_mutex_ held.
bool Log::knows_producers_now(Offset border) const {
  {
    const std::lock_guard guard(mutex_);
    if (!has_producer_state()) return true;
  }
  return knows_producers(border, Offset(noted_point_.load(std::memory_order_acquire)));
}

Status Log::secure_producers() {
  Offset end;
  std::vector<std::byte> producers;
  {
    const std::lock_guard guard(mutex_);
    end = log_end();
    producers = encode_producers(end);
  }
  if (Status synced = sync_to(end); !synced) return synced;
  if (Status saved = write_active_aborted(FileKind::durable); !saved) return saved;
  return write_snapshot(end, producers, {.offset = end, .durable = true});
}

/// The index of a segment's aborted transactions, before any snapshot speaks of it. It may be ahead of the snapshot.
Status Log::write_aborted(Offset base, ByteView bytes, FileKind kind) {
  const std::string path = fs::join_path(identity_.directory, offset_file_name(base, kAbortedEnding));
  if (bytes.empty()) {
    if (!aborted_files_.contains(base)) return {};
    if (Status removed = fs_.remove(path); !removed && removed.error().code != Errc::not_found) return removed;
    aborted_files_.erase(base);
    return fs_.sync_directory(identity_.directory);
  }
  aborted_files_.insert(base);
  return kind == FileKind::durable ? fs::replace_file(fs_, path, bytes) : write_unsynced(path, bytes);
}

/// A file that a durable snapshot may count on is never put at risk for one that a checkpoint would like to write.
Status Log::write_active_aborted(FileKind kind) {
  AbortedRange range;
  std::vector<std::byte> bytes;
  {
    const std::lock_guard guard(mutex_);
    if (active_ == nullptr) return {};
    range = aborted_.range(active_->base_offset(), log_end());
    if (kind == FileKind::unsynced && aborted_saved_ && range.from == aborted_saved_->from && range.count == aborted_saved_->count) {
      return {};
    }
    bytes = encode_aborted(range.from, range.to);
  }
  if (aborted_durable_ == range.from) kind = FileKind::durable;
  if (Status written = write_aborted(range.from, bytes, kind); !written) return written;
  aborted_saved_ = range;
  if (kind == FileKind::durable) aborted_durable_ = range.from;
  return {};
}

/// A durable one is there with its name when this returns.
Status Log::write_snapshot(Offset offset, ByteView bytes, SnapshotFile kind) {
  // What is there already says the same, and is not put at risk: it may be all that tells of producers whose batches are deleted.
  const bool there = std::ranges::any_of(
      snapshots_, [&](const SnapshotFile& known) { return known.offset == offset && (known.durable || (known.adopted && !kind.durable)); });
  if (there) return {};
  const std::string path = fs::join_path(identity_.directory, offset_file_name(offset, kProducersEnding));
  if (Status written = kind.durable ? fs::replace_file(fs_, path, bytes) : write_unsynced(path, bytes); !written) return written;
  std::erase_if(snapshots_, [&](const SnapshotFile& known) { return known.offset == offset; });
  snapshots_.push_back(kind);
  std::ranges::sort(snapshots_, {}, &SnapshotFile::offset);
  return {};
}

Status Log::write_unsynced(const std::string& path, ByteView bytes) {
  Result<std::unique_ptr<fs::File>> file = fs_.open(path, {.create = true});
  if (!file) return fail_with(std::move(file));
  if (Status cut = (*file)->truncate(0); !cut) return cut;
  return (*file)->write_at(0, bytes);
}

/// Kept: the newest durable one that a start after a power loss believes, whatever may be durable behind it, and the very newest.
void Log::prune_snapshots() {
  if (snapshots_.empty()) return;
  Offset oldest_kept = kNoOffset;
  for (const SnapshotFile& file : snapshots_) {
    if (file.durable && file.offset.value <= noted_point_.load(std::memory_order_acquire)) oldest_kept = file.offset;
  }
  const Offset newest = snapshots_.back().offset;
  std::erase_if(snapshots_, [&](const SnapshotFile& file) {
    if (file.offset == newest || ((file.durable || file.adopted) && file.offset >= oldest_kept)) return false;
    const Status removed = fs_.remove(fs::join_path(identity_.directory, offset_file_name(file.offset, kProducersEnding)));
    return removed.has_value() || removed.error().code == Errc::not_found;
  });
}

}  // namespace streamline::storage
