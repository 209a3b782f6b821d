// What makes a log durable, and what lets the next start find it quickly: syncs, checkpoints, the orderly close.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "storage/log.h"
#include "storage/segment.h"

namespace streamline::storage {

Status SyncTarget::run() const {
  if (!directory_.empty()) {
    // An earlier run may have been killed between making a file and syncing its name.
    if (Status synced = fs_->sync_directory(directory_); !synced) return synced;
    if (Status synced = fs_->sync_directory(fs::parent_path(directory_)); !synced) return synced;
  }
  for (const std::shared_ptr<fs::File>& file : rolled_) {
    if (Status synced = file->sync(); !synced) return synced;
  }
  if (active_ == nullptr) return {};
  return active_->sync();
}

SyncTarget Log::begin_sync() {
  const std::lock_guard guard(mutex_);
  return begin_sync_locked();
}

SyncTarget Log::begin_sync_locked() {
  SyncTarget target;
  target.up_to_ = synced_end_;
  if (sync_failed_ || active_ == nullptr || (synced_end_ == log_end() && unsynced_rolled_.empty())) return target;
  for (const std::shared_ptr<Segment>& segment : unsynced_rolled_) {
    Result<std::shared_ptr<fs::File>> file = segment->file();
    // A file that cannot be opened cannot be vouched for either; the next sync tries again.
    if (!file) {
      log::warn("storage", "cannot open a segment to sync it file={} error={}", segment->path(kSegmentEnding), file.error().text);
      return SyncTarget{};
    }
    target.rolled_.push_back(std::move(*file));
  }
  Result<std::shared_ptr<fs::File>> file = active_->file();
  if (!file) return SyncTarget{};
  target.fs_ = &fs_;
  if (!names_durable_) target.directory_ = identity_.directory;
  target.active_ = std::move(*file);
  target.active_base_ = active_->base_offset();
  target.up_to_ = log_end();
  target.appended_bytes_ = appended_bytes_;
  return target;
}

void Log::finish_sync(const SyncTarget& target, const Status& outcome) {
  const std::lock_guard guard(mutex_);
  finish_sync_locked(target, outcome);
}

void Log::finish_sync_locked(const SyncTarget& target, const Status& outcome) {
  if (!outcome) {
    log::error("storage", "sync failed, writes are refused topic={} partition={} error={}", identity_.topic, identity_.partition,
               outcome.error().text);
    sync_failed_ = true;
    refused_ = Errc::io;
    return;
  }
  // A sync that began before one that failed says nothing: the kernel reports a lost page once.
  if (target.empty() || sync_failed_) return;
  names_durable_ = true;
  synced_end_ = std::max(synced_end_, target.up_to_);
  synced_bytes_ = std::max(synced_bytes_, target.appended_bytes_);
  std::erase_if(unsynced_rolled_, [&](const auto& segment) { return segment->base_offset() < target.active_base_; });
  if (options_.durability == Durability::always) show_up_to(synced_end_);
}

/// Readers find the border of the high watermark without a search; it is a border, because only whole appends are shown.
void Log::show_up_to(Offset high_watermark) {
  if (high_watermark <= this->high_watermark()) return;
  if (active_ != nullptr && high_watermark == active_->end_offset()) {
    active_->show(active_->end());
  } else if (active_ != nullptr && high_watermark > active_->base_offset()) {
    if (const Result<Mark> border = active_->border_at(high_watermark)) active_->show(*border);
  }
  high_watermark_.store(high_watermark.value, std::memory_order_release);
}

std::uint64_t Log::unsynced_bytes() const {
  const std::lock_guard guard(mutex_);
  return appended_bytes_ - synced_bytes_;
}

ManifestEntry Log::manifest_entry() const {
  ManifestEntry entry{.topic_id = identity_.topic_id,
                      .partition = identity_.partition,
                      .leader_epoch = leader_epoch(),
                      .log_start = log_start(),
                      .recovery_point = synced_end_,
                      .end = sync_failed_ ? synced_end_ : log_end()};
  if (active_ != nullptr) {
    entry.active_base = active_->base_offset().value;
    entry.active_bytes = active_->end().position;
  }
  entry.no_producers = producers_.empty() && !sync_failed_;
  entry.sync_failed = sync_failed_;
  return entry;
}

Result<ManifestEntry> Log::checkpoint(WallTime now) {
  ManifestEntry entry;
  std::vector<std::byte> snapshot;
  std::shared_ptr<Segment> active;
  {
    const std::lock_guard guard(mutex_);
    producers_.expire(now, options_.producer_id_expiration_ms);
    entry = manifest_entry();
    active = active_;
    if (active == nullptr || sync_failed_ || refused_ == Errc::closed || snapshot_end_ == entry.end) return entry;
    if (!producers_.empty()) snapshot = producers_.encode(entry.end);
  }
  // Written without the lock: neither is believed without being checked.
  if (Status saved = active->save_index(); !saved) return fail_with(std::move(saved));
  const std::lock_guard guard(mutex_);
  snapshot_end_ = entry.end;
  if (snapshot.empty()) return entry;
  if (Status saved = write_snapshot(entry.end, snapshot, {entry.end, false}); !saved) return fail_with(std::move(saved));
  return entry;
}

Result<ManifestEntry> Log::close(WallTime now) {
  SyncTarget target;
  {
    const std::lock_guard guard(mutex_);
    if (refused_ == Errc::closed) return manifest_entry();
    if (!refused_) refused_ = Errc::closed;
    target = begin_sync_locked();
  }
  Status synced = target.run();
  const std::lock_guard guard(mutex_);
  finish_sync_locked(target, synced);
  if (!synced) return fail_with(std::move(synced));
  producers_.expire(now, options_.producer_id_expiration_ms);
  ManifestEntry entry = manifest_entry();
  if (active_ == nullptr || sync_failed_) return entry;
  if (Status saved = active_->save_index(); !saved) return fail_with(std::move(saved));
  if (!producers_.empty()) {
    const Offset end = log_end();
    if (Status saved = write_snapshot(end, producers_.encode(end), {end, true}); !saved) return fail_with(std::move(saved));
    if (Status saved = fs_.sync_directory(identity_.directory); !saved) return fail_with(std::move(saved));
  }
  return entry;
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
  prune_snapshots();
  return {};
}

/// Kept: the newest durable one that no power loss can invalidate, whatever is durable behind it, and the very newest.
void Log::prune_snapshots() {
  Offset oldest_kept = kNoOffset;
  for (const SnapshotFile& file : snapshots_) {
    if (file.durable && file.offset <= synced_end_) oldest_kept = file.offset;
  }
  const Offset newest = snapshots_.back().offset;
  std::erase_if(snapshots_, [&](const SnapshotFile& file) {
    if (file.offset == newest || (file.durable && file.offset >= oldest_kept)) return false;
    const Status removed = fs_.remove(fs::join_path(identity_.directory, offset_file_name(file.offset, kProducersEnding)));
    return removed.has_value() || removed.error().code == Errc::not_found;
  });
}

}  // namespace streamline::storage
