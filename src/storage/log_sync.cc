// What makes a log durable: syncs, and the orderly close.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "storage/log.h"
#include "storage/recovery.h"
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

Result<SyncTarget> Log::begin_sync() {
  const std::lock_guard guard(mutex_);
  return begin_sync_locked();
}

Result<SyncTarget> Log::begin_sync_locked() {
  SyncTarget target;
  target.up_to_ = synced_end_;
  if (sync_failed_) return fail(Errc::io, "an earlier sync failed; the log has to be checked first");
  if (active_ == nullptr || (synced_end_ == log_end() && unsynced_rolled_.empty())) return target;
  for (const std::shared_ptr<Segment>& segment : unsynced_rolled_) {
    // A file that cannot be opened cannot be vouched for either.
    Result<std::shared_ptr<fs::File>> file = segment->file();
    if (!file) return fail_with(std::move(file));
    target.rolled_.push_back(std::move(*file));
  }
  Result<std::shared_ptr<fs::File>> file = active_->file();
  if (!file) return fail_with(std::move(file));
  target.fs_ = &fs_;
  target.names_made_ = names_made_;
  if (names_synced_ < names_made_) target.directory_ = identity_.directory;
  target.active_ = std::move(*file);
  target.active_base_ = active_->base_offset();
  target.up_to_ = log_end();
  target.stable_ = transactions_.first_open().value_or(log_end());
  target.appended_bytes_ = appended_bytes_;
  target.generation_ = generation();
  return target;
}

void Log::finish_sync(const SyncTarget& target, const Status& outcome) {
  const std::lock_guard guard(mutex_);
  finish_sync_locked(target, outcome);
}

Status Log::sync() {
  const Result<SyncTarget> target = begin_sync();
  if (!target) return fail(target.error().code, target.error().text);
  Status synced = target->run();
  finish_sync(*target, synced);
  return synced;
}

/// mutex_ not held. What was overtaken by a failure or a restoration has not synced anything.
Status Log::sync_to(Offset end) {
  if (Status synced = sync(); !synced) return synced;
  const std::lock_guard guard(mutex_);
  return end <= synced_end_ ? Status{} : fail(Errc::io, "a sync failed meanwhile");
}

void Log::finish_sync_locked(const SyncTarget& target, const Status& outcome) {
  if (!outcome) {
    log::error("storage", "sync failed, writes are refused topic={} partition={} error={}", identity_.topic, identity_.partition,
               outcome.error().text);
    sync_failed_ = true;
    if (refused_ != Errc::closed) stop(Errc::io);
    return;
  }
  // A sync that began before one that failed says nothing: the kernel reports a lost page once. Nor does one that a restoration has
  // overtaken: its offsets may be other records' now.
  if (target.empty() || sync_failed_ || target.generation_ != generation()) return;
  names_synced_ = std::max(names_synced_, target.names_made_);
  synced_end_ = std::max(synced_end_, target.up_to_);
  synced_stable_ = std::max(synced_stable_, target.stable_);
  synced_bytes_ = std::max(synced_bytes_, target.appended_bytes_);
  std::erase_if(unsynced_rolled_, [&](const auto& segment) {
    const bool synced = segment->base_offset() < target.active_base_;
    if (synced) segment->note_synced();
    return synced;
  });
  if (synced_end_ == log_end() && active_ != nullptr) active_->note_synced();
  if (options_.durability == Durability::always) show_up_to(synced_end_);
}

/// Appends are refused already.
Status Log::drop_zeros() {
  if (active_ == nullptr || !active_->has_zeros_at(active_->end().position + 1)) return {};
  const Result<std::shared_ptr<fs::File>> file = active_->file();
  if (!file) return fail(file.error().code, file.error().text);
  active_->forget_reservation();
  return (*file)->truncate(active_->end().position);
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
  if (transactions_.is_idle()) return;
  transactions_.note_high_watermark(high_watermark);
  note_first_unstable(high_watermark);
}

std::uint64_t Log::unsynced_bytes() const {
  const std::lock_guard guard(mutex_);
  return appended_bytes_ - synced_bytes_;
}

ManifestEntry Log::manifest_entry() const {
  if (!opened_.load(std::memory_order_acquire)) {
    ManifestEntry same = *unopened_->entry;
    same.log_start = log_start();
    return same;
  }
  ManifestEntry entry{.topic_id = identity_.topic_id,
                      .partition = identity_.partition,
                      .leader_epoch = leader_epoch(),
                      .log_start = log_start(),
                      .recovery_point = synced_end_,
                      .end = sync_failed_ ? synced_end_ : log_end()};
  // What is not settled is read again after a power loss, though its batches are durable.
  // It does not fall: older snapshots of the producers may be gone.
  if (!unsettled_.empty()) {
    const Offset noted(noted_point_.load(std::memory_order_acquire));
    entry.recovery_point = std::min(entry.recovery_point, std::max(noted, unsettled_.front().segment->base_offset()));
  }
  if (epochs_owed_) entry.recovery_point = std::min(entry.recovery_point, epochs_.entries().back().start);
  if (active_ != nullptr) {
    entry.active_base = active_->base_offset().value;
    entry.active_bytes = active_->end().position;
  }
  entry.no_producers = !has_producer_state() && !sync_failed_;
  if (const auto first = transactions_.first_unstable(log_end())) entry.first_unstable = first->value;
  entry.sync_failed = sync_failed_;
  return entry;
}

Result<ManifestEntry> Log::close(WallTime now) {
  const std::lock_guard files(files_mutex_);
  {
    const std::lock_guard guard(mutex_);
    if (refused_ == Errc::closed || sync_failed_) return manifest_entry();
    if (!refused_) refused_ = Errc::closed;
    if (Status dropped = drop_zeros(); !dropped) return fail_with(std::move(dropped));
  }
  if (Status synced = sync(); !synced) return fail_with(std::move(synced));
  if (Status settled = settle(); !settled) return fail_with(std::move(settled));
  const std::lock_guard guard(mutex_);
  producers_.expire(now, options_.producer_id_expiration_ms, transactions_);
  ManifestEntry entry = manifest_entry();
  if (active_ == nullptr || sync_failed_) return entry;
  entry.at_rest = at_rest();
  if (Status saved = active_->save_index(); !saved) return fail_with(std::move(saved));
  if (has_producer_state()) {
    const Offset end = log_end();
    const std::vector<std::byte> aborted = encode_aborted(active_->base_offset(), end);
    if (Status saved = write_aborted(active_->base_offset(), aborted, FileKind::durable); !saved) return fail_with(std::move(saved));
    if (Status saved = write_snapshot(end, encode_producers(end), {.offset = end, .durable = true}); !saved)
      return fail_with(std::move(saved));
  }
  return entry;
}

}  // namespace streamline::storage
