// A log as recovery hands it over, its settings, and what does not touch the disk.
#include "storage/log.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "storage/recovery.h"
#include "storage/segment.h"

namespace streamline::storage {

Log::Log(std::shared_ptr<OpenFiles> files, LogIdentity identity, const LogOptions& options, RecoveredLog recovered)
    : open_files_(std::move(files)), fs_(*open_files_), identity_(std::move(identity)), options_(options) {
  adopt(std::move(recovered));
  opened_ = true;
}

Log::Log(std::shared_ptr<OpenFiles> files, std::unique_ptr<RecoveryInput> input)
    : open_files_(std::move(files)),
      fs_(*open_files_),
      identity_(input->identity),
      log_start_(input->entry->log_start.value),
      log_end_(input->entry->end.value),
      high_watermark_(input->entry->end.value),
      first_unstable_(input->entry->first_unstable < 0 ? INT64_MAX : input->entry->first_unstable),
      leader_epoch_(input->entry->leader_epoch.value),
      segments_(std::make_shared<const SegmentList>()),
      unopened_(std::move(input)),
      options_(unopened_->options),
      synced_end_(unopened_->entry->end),
      synced_stable_(last_stable()) {}

/// With mutex_ held, or nobody else there yet.
void Log::adopt(RecoveredLog recovered) {
  recovery_ = recovered.recovery;
  epochs_ = std::move(recovered.epochs);
  producers_ = std::move(recovered.producers);
  synced_end_ = recovered.synced_end;
  note_manifest(recovered.recovery_point);
  snapshots_.clear();
  for (const Offset offset : recovered.snapshots) {
    snapshots_.push_back({.offset = offset, .durable = offset == recovered.durable_snapshot, .adopted = true});
  }
  active_ = recovered.segments.empty() ? nullptr : recovered.segments.back();
  unsynced_rolled_.clear();
  for (std::size_t i = 0; i + 1 < recovered.segments.size(); ++i) {
    if (recovered.segments[i + 1]->base_offset() > synced_end_) unsynced_rolled_.push_back(recovered.segments[i]);
  }
  appended_bytes_ = synced_end_ < recovered.log_end ? active_->end().position : 0;
  synced_bytes_ = 0;
  // The start only rises, and a log that was not opened yet may know of a later one.
  log_start_.store(std::max(log_start(), recovered.log_start).value, std::memory_order_release);
  // Readers that see the new end find its segments.
  publish_segments(std::move(recovered.segments));
  leader_epoch_.store(recovered.leader_epoch.value, std::memory_order_release);
  log_end_.store(recovered.log_end.value, std::memory_order_release);
  // What was shown in a weaker mode stays shown.
  const Offset shown = std::min(high_watermark(), recovered.log_end);
  const Offset visible = options_.durability == Durability::always ? std::max(synced_end_, shown) : recovered.log_end;
  adopt_transactions(recovered, visible);
  high_watermark_.store(visible.value, std::memory_order_release);
}

LogOptions Log::options() const {
  const std::lock_guard guard(mutex_);
  return options_;
}

/// With mutex_ held.
void Log::stop(Errc code) {
  refused_ = code;
  stopped_.store(true, std::memory_order_release);
}

Result<ManifestEntry> Log::line_for_restore() const {
  const std::lock_guard guard(mutex_);
  if (refused_ == Errc::closed) return fail(Errc::closed, "the log was deleted");
  if (!stopped_) return fail(Errc::invalid_argument, "the log is not stopped");
  // No more is claimed than was synced: what rolls owe is not paid.
  ManifestEntry entry = manifest_entry();
  entry.end = synced_end_;
  return entry;
}

Result<std::unique_lock<std::mutex>> Log::hold_files() {
  std::unique_lock<std::mutex> files(files_mutex_);
  const std::lock_guard guard(mutex_);
  if (refused_ == Errc::closed) return fail(Errc::closed, "the log is closed");
  return files;
}

Status Log::restore(RecoveredLog recovered) {
  const std::lock_guard guard(mutex_);
  if (refused_ == Errc::closed) return fail(Errc::closed, "the log was deleted");
  if (recovered.log_end < high_watermark()) {
    log::error("storage", "the disk has lost what it had called durable topic={} partition={} from={} to={}", identity_.topic,
               identity_.partition, recovered.log_end.value, high_watermark().value);
  }
  adopt(std::move(recovered));
  snapshot_end_ = kNoOffset;
  owed_swap_.reset();
  compaction_barred_ = false;
  unsettled_.clear();
  epochs_owed_ = roll_owed_ = write_failing_ = sync_failed_ = false;
  ++names_made_;
  generation_.fetch_add(1, std::memory_order_release);
  refused_.reset();
  stopped_.store(false, std::memory_order_release);
  log::info("storage", "log was checked and takes writes again topic={} partition={} end={}", identity_.topic, identity_.partition,
            log_end().value);
  return {};
}

Status Log::ensure_open() const {
  if (opened_.load(std::memory_order_acquire)) return {};
  const std::lock_guard files(files_mutex_);
  if (opened_.load(std::memory_order_relaxed)) return {};
  {
    const std::lock_guard guard(mutex_);
    // Another log may have its directory.
    if (refused_ == Errc::closed) return fail(Errc::closed, "the log is closed");
    unopened_->options = options_;
    unopened_->entry->log_start = log_start();
  }
  Result<RecoveredLog> recovered = recover_log(open_files_, *unopened_);
  if (!recovered) {
    if (!open_failing_) {
      log::error("storage", "log cannot be opened topic={} partition={} error={}", identity_.topic, identity_.partition,
                 recovered.error().text);
    }
    open_failing_ = true;
    return fail_with(std::move(recovered));
  }
  // No log is ever made const; a look at its files changes nothing that a caller was told.
  const std::lock_guard guard(mutex_);
  const_cast<Log*>(this)->adopt(std::move(*recovered));
  opened_.store(true, std::memory_order_release);
  return {};
}

LogRecovery Log::recovery() const {
  const std::lock_guard guard(mutex_);
  return recovery_;
}

Log::~Log() = default;

EpochEnd Log::end_offset_for_epoch(LeaderEpoch epoch) const {
  if (!ensure_open()) return {};
  const std::lock_guard guard(mutex_);
  // An epoch that has no record yet ends where the log does; what readers may not see yet does not count.
  if (epoch == leader_epoch()) return {epoch, high_watermark()};
  if (epoch > leader_epoch()) return {};  // nobody has led this log in it
  EpochEnd end = epochs_.end_of(epoch, log_end());
  end.end_offset = std::min(end.end_offset, high_watermark());
  return end;
}

Status Log::set_leader_epoch(LeaderEpoch epoch) {
  if (Status ready = ensure_open(); !ready) return ready;
  const std::lock_guard files(files_mutex_);
  {
    const std::lock_guard guard(mutex_);
    if (refused_) return fail(*refused_, "the log refuses changes");
    if (epoch < leader_epoch()) return fail(Errc::fenced, "the leader epoch never falls");
    if (epoch > leader_epoch()) leader_epoch_.store(epoch.value, std::memory_order_release);
    // Without files there is nothing that the epoch could tell apart; the first append notes it.
    if (active_ == nullptr) return {};
    epochs_owed_ = epochs_.assign(epoch, log_end()) || epochs_owed_;
  }
  return settle();
}

std::vector<ProducerEntry> Log::producers(WallTime now) const {
  if (!ensure_open()) return {};
  const std::lock_guard guard(mutex_);
  std::vector<ProducerEntry> known = producers_.entries();
  std::erase_if(known, [&](const ProducerEntry& entry) {
    return now.ms - entry.last_update_ms >= options_.producer_id_expiration_ms && !transactions_.is_open(entry.id);
  });
  return known;
}

void Log::expire_producers(WallTime now) {
  const std::lock_guard guard(mutex_);
  transactions_.drop_idle_guards();
  producers_.expire(now, options_.producer_id_expiration_ms, transactions_);
}

void Log::set_options(const LogOptions& options) {
  const std::lock_guard guard(mutex_);
  options_ = options;
  if (options_.durability != Durability::always) show_up_to(log_end());
}

std::uint64_t Log::size_bytes() const {
  if (!opened_.load(std::memory_order_acquire)) {
    const std::lock_guard guard(mutex_);
    if (const std::int64_t noted = unopened_->entry->at_rest.bytes; noted >= 0) return static_cast<std::uint64_t>(noted);
  }
  if (!ensure_open()) return 0;
  std::int64_t bytes = 0;
  for (const std::shared_ptr<Segment>& segment : *segments()) bytes += segment->file_bytes().value_or(0);
  return static_cast<std::uint64_t>(bytes);
}

std::size_t Log::segment_count() const { return segments()->size(); }

void Log::retire() {
  // A swap is over before the directory may go, and none begins afterwards: another log may have its name then.
  const std::lock_guard files(files_mutex_);
  {
    const std::lock_guard guard(mutex_);
    refused_ = Errc::closed;
    stopped_.store(false, std::memory_order_release);
    // Its directory moves: nothing more is written there.
    unsettled_.clear();
    epochs_owed_ = false;
    names_synced_ = names_made_;
  }
  // No segment joins the list any more.
  const std::lock_guard guard(segments_mutex_);
  for (const std::shared_ptr<Segment>& segment : *segments_) segment->retire();
}

}  // namespace streamline::storage
