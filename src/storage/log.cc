// A log as recovery hands it over, its settings, and what does not touch the disk.
#include "storage/log.h"

#include <algorithm>
#include <utility>

#include "storage/recovery.h"
#include "storage/segment.h"

namespace streamline::storage {

Log::Log(fs::FileSystem& file_system, LogIdentity identity, const LogOptions& options, RecoveredLog recovered)
    : fs_(file_system),
      identity_(std::move(identity)),
      recovery_(recovered.recovery),
      log_start_(recovered.log_start.value),
      log_end_(recovered.log_end.value),
      high_watermark_(options.durability == Durability::always ? recovered.synced_end.value : recovered.log_end.value),
      leader_epoch_(recovered.leader_epoch.value),
      segments_(std::make_shared<const SegmentList>(std::move(recovered.segments))),
      options_(options),
      epochs_(std::move(recovered.epochs)),
      producers_(std::move(recovered.producers)),
      synced_end_(recovered.synced_end) {
  for (const Offset offset : recovered.snapshots) {
    const bool at_base = std::ranges::any_of(*segments_, [&](const auto& segment) { return segment->base_offset() == offset; });
    snapshots_.push_back({offset, at_base});
  }
  if (segments_->empty()) return;
  active_ = segments_->back();
  for (std::size_t i = 0; i + 1 < segments_->size(); ++i) {
    if ((*segments_)[i + 1]->base_offset() > synced_end_) unsynced_rolled_.push_back((*segments_)[i]);
  }
  if (synced_end_ < recovered.log_end) appended_bytes_ = active_->end().position;
}

Log::~Log() = default;

EpochEnd Log::end_offset_for_epoch(LeaderEpoch epoch) const {
  const std::lock_guard guard(mutex_);
  // An epoch that has no record yet ends where the log does.
  if (epoch == leader_epoch()) return {epoch, log_end()};
  if (epoch > leader_epoch()) return {};  // nobody has led this log in it
  return epochs_.end_of(epoch, log_end());
}

Status Log::set_leader_epoch(LeaderEpoch epoch) {
  const std::lock_guard guard(mutex_);
  if (epoch < leader_epoch()) return fail(Errc::fenced, "the leader epoch never falls");
  if (epoch == leader_epoch()) return {};
  // Without files there is nothing that the epoch could tell apart; the first append writes it.
  if (active_ != nullptr) {
    EpochCache next = epochs_;
    next.assign(epoch, log_end());
    if (Status saved = save_epochs(std::move(next)); !saved) return saved;
  }
  leader_epoch_.store(epoch.value, std::memory_order_release);
  return {};
}

std::vector<ProducerEntry> Log::producers(WallTime now) const {
  const std::lock_guard guard(mutex_);
  std::vector<ProducerEntry> known = producers_.entries();
  std::erase_if(known, [&](const ProducerEntry& entry) { return now.ms - entry.last_update_ms >= options_.producer_id_expiration_ms; });
  return known;
}

void Log::expire_producers(WallTime now) {
  const std::lock_guard guard(mutex_);
  producers_.expire(now, options_.producer_id_expiration_ms);
}

void Log::set_options(const LogOptions& options) {
  const std::lock_guard guard(mutex_);
  options_ = options;
  if (options_.durability != Durability::always) show_up_to(log_end());
}

std::uint64_t Log::size_bytes() const {
  std::uint64_t bytes = 0;
  for (const std::shared_ptr<Segment>& segment : *segments()) {
    if (segment->prepare()) bytes += segment->end().position;
  }
  return bytes;
}

std::size_t Log::segment_count() const { return segments()->size(); }

void Log::retire() {
  // A swap is over before the directory may go, and none begins afterwards: another log may have its name then.
  const std::lock_guard files(files_mutex_);
  const std::lock_guard guard(mutex_);
  refused_ = Errc::closed;
}

}  // namespace streamline::storage
