// What leaves a log and when: by age, by size, by request. The order is: the new start is durable (LogStore::move_starts), then readers see
// it, then files go; so a crash never takes a start back, and what it leaves of the files is removed by the next start.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/log.h"
#include "storage/log.h"
#include "storage/recovery.h"
#include "storage/segment.h"

namespace streamline::storage {

namespace {

/// Mixes a segment's place so that neighbours get unlike numbers (splitmix64's last step).
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

Offset end_of(const SegmentList& list, std::size_t place, Offset log_end) {
  return place + 1 < list.size() ? list[place + 1]->base_offset() : log_end;
}

}  // namespace

/// mutex_ held. The jitter follows from the segment alone, so that a restart does not choose another.
std::int64_t Log::roll_age_ms(Offset base) const {
  const std::int64_t most = std::min(options_.segment_jitter_ms, options_.segment_ms);
  if (most <= 0) return options_.segment_ms;
  const auto place = topic_hash(identity_.topic_id) + static_cast<std::uint64_t>(identity_.partition) * 0x9e3779b97f4a7c15ULL +
                     static_cast<std::uint64_t>(base.value);
  return options_.segment_ms - static_cast<std::int64_t>(mixed(place) % (static_cast<std::uint64_t>(most) + 1));
}

/// Whether the manifest rules out, for a log that nobody has opened, that its active segment has to roll.
bool Log::rests_unrolled(WallTime now) const {
  if (opened_.load(std::memory_order_acquire)) return false;
  const std::lock_guard guard(mutex_);
  const ManifestEntry& line = *unopened_->entry;
  if (line.active_base < 0) return true;
  return line.at_rest.active_since_ms >= 0 && now.ms - line.at_rest.active_since_ms < roll_age_ms(Offset(line.active_base));
}

/// The same of records that have to go.
bool Log::rests_whole(const RetentionOptions& keep, WallTime now) const {
  if (opened_.load(std::memory_order_acquire)) return false;
  const std::lock_guard guard(mutex_);
  const ManifestEntry& line = *unopened_->entry;
  const AtRest& rest = line.at_rest;
  if (line.active_base < 0 || keep.policy == RetentionOptions::Policy::requested) return true;
  const bool young = rest.oldest_ms >= 0 && (now.ms <= rest.oldest_ms || now.ms - rest.oldest_ms <= keep.ms);
  const bool small = rest.bytes >= 0 && rest.oldest_bytes >= 0 && rest.bytes - rest.oldest_bytes < keep.bytes;
  return (keep.ms < 0 || young) && (keep.bytes < 0 || small);
}

/// files_mutex_ held. Nothing is opened for it: what nobody asked for in this run is not asked for at its end.
AtRest Log::at_rest() const {
  const std::shared_ptr<const SegmentList> list = segments();
  AtRest rest;
  if (list->empty()) return rest;
  const bool has_records = list->back()->end().relative_offset > 0;
  rest.active_since_ms = has_records ? list->back()->first_append_ms.load() : INT64_MAX;
  const Segment& oldest = *list->front();
  if (oldest.is_prepared() && (oldest.max_timestamp() >= 0 || list->size() == 1)) {
    rest.oldest_ms = oldest.max_timestamp() >= 0 ? oldest.max_timestamp() : oldest.first_append_ms.load();
  }
  if (!std::ranges::all_of(*list, [](const auto& segment) { return segment->knows_file_bytes(); })) return rest;
  rest.bytes = static_cast<std::int64_t>(size_bytes());
  rest.oldest_bytes = oldest.file_bytes().value_or(-1);
  return rest;
}

Result<Offset> Log::retention_start(WallTime now) {
  RetentionOptions keep;
  {
    const std::lock_guard guard(mutex_);
    if (refused_ == Errc::closed) return log_start();
    keep = options_.retention;
  }
  if (rests_whole(keep, now)) return log_start();
  // Without the lock: it may have to read segments that nobody has read yet.
  Result<Offset> target = outdated_below(keep, now);
  if (!target) return target;
  const std::lock_guard guard(mutex_);
  if (active_ == nullptr || *target <= active_->base_offset()) return std::max(*target, log_start());
  // The active segment goes too, unless something was written meanwhile: then it is not outdated any more.
  if (*target < log_end() || refused_) return std::max(active_->base_offset(), log_start());
  if (Status rolled = roll(now); !rolled) return fail_with(std::move(rolled));
  return *target;
}

/// The end of the outdated segments at the front.
Result<Offset> Log::outdated_below(const RetentionOptions& keep, WallTime now) const {
  static_cast<void>(ensure_open());
  // Before the list: the last segment of an older list does not reach an end that a roll and an append have moved since.
  const Offset visible = high_watermark();
  const Offset end = log_end();
  const std::shared_ptr<const SegmentList> list = segments();
  const Offset start = log_start();
  const bool by_itself = keep.policy == RetentionOptions::Policy::by_age_and_size;
  const bool sized = by_itself && keep.bytes >= 0;
  const bool aged = by_itself && keep.ms >= 0;
  std::int64_t excess = sized ? static_cast<std::int64_t>(size_bytes()) - keep.bytes : -1;
  Offset below = list->empty() ? start : std::max(start, list->front()->base_offset());
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Segment& segment = *(*list)[i];
    const Offset upper = end_of(*list, i, end);
    if (upper > visible || upper <= segment.base_offset()) break;
    bool outdated = upper <= start;
    if (!outdated && (sized || aged)) {
      Result<std::int64_t> bytes = segment.file_bytes();
      if (!bytes) return fail_with(std::move(bytes));
      outdated = sized && excess - *bytes >= 0;
      excess -= *bytes;
    }
    if (!outdated && aged) {
      if (Status prepared = segment.prepare(); !prepared) return fail_with(std::move(prepared));
      Result<std::int64_t> newest = newest_record_ms(*list, i);
      if (!newest) return fail_with(std::move(newest));
      outdated = now.ms > *newest && now.ms - *newest > keep.ms;
    }
    if (!outdated) break;
    below = upper;
  }
  return below;
}

/// Kafka counts the time of the last write where no record has a timestamp. The next segment was made no earlier than that; the last
/// segment is as old as its first append.
Result<std::int64_t> Log::newest_record_ms(const SegmentList& list, std::size_t place) const {
  const Segment& segment = *list[place];
  if (const std::int64_t newest = segment.max_timestamp(); newest >= 0) return newest;
  if (place + 1 == list.size()) return segment.first_append_ms;
  Result<std::shared_ptr<fs::File>> file = list[place + 1]->file();
  if (!file) return fail_with(std::move(file));
  std::array<std::byte, kSegmentHeaderBytes> bytes{};
  Result<std::size_t> got = (*file)->read_at(0, bytes);
  if (!got) return fail_with(std::move(got));
  const Result<SegmentHeader> header = decode_segment_header(ByteView(bytes).first(*got));
  // Unknown is young.
  return header ? header->base_timestamp : INT64_MAX;
}

bool Log::keeps_below(Offset start) const {
  if (start > log_start()) return true;
  // Whoever opens it removes what lies below the start.
  if (!opened_.load(std::memory_order_acquire)) return false;
  const std::shared_ptr<const SegmentList> list = segments();
  return list->size() > 1 && (*list)[1]->base_offset() <= start;
}

Result<NextDeletion> Log::next_deletion() const {
  if (Status ready = ensure_open(); !ready) return fail_with(std::move(ready));
  RetentionOptions keep;
  {
    const std::lock_guard guard(mutex_);
    keep = options_.retention;
  }
  const std::shared_ptr<const SegmentList> list = segments();
  NextDeletion next{.up_to = log_start()};
  if (list->empty() || log_start() >= log_end() || keep.policy == RetentionOptions::Policy::requested) return next;
  const Segment& oldest = *list->front();
  if (Status prepared = oldest.prepare(); !prepared) return fail_with(std::move(prepared));
  next.up_to = end_of(*list, 0, log_end());
  if (keep.ms >= 0) {
    Result<std::int64_t> newest = newest_record_ms(*list, 0);
    if (!newest) return fail_with(std::move(newest));
    next.due_ms = *newest > INT64_MAX - keep.ms - 1 ? INT64_MAX : *newest + keep.ms + 1;
  }
  if (keep.bytes >= 0) {
    const std::int64_t others = static_cast<std::int64_t>(size_bytes()) - oldest.end().position;
    next.bytes_left = std::max<std::int64_t>(0, keep.bytes - others);
  }
  return next;
}

Status Log::sync_below(Offset start) {
  {
    const std::lock_guard guard(mutex_);
    if (start > high_watermark()) return fail(Errc::offset_out_of_range, "records beyond the high watermark cannot be deleted");
    if (start <= synced_end_) return {};
  }
  return sync_to(start);
}

void Log::show_start(Offset start, WallTime now) {
  SegmentList gone;
  std::int64_t due_ms = 0;
  const bool opened = ensure_open().has_value();
  const std::lock_guard files(files_mutex_);
  {
    const std::lock_guard guard(mutex_);
    if (start > log_start()) log_start_.store(start.value, std::memory_order_release);
    if (!opened) return;
    SegmentList kept = *segments();
    std::size_t count = 0;
    while (count + 1 < kept.size() && kept[count + 1]->base_offset() <= log_start()) ++count;
    if (count == 0) return;
    gone.assign(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(count));
    kept.erase(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(count));
    std::erase_if(unsynced_rolled_, [&](const auto& segment) { return segment->base_offset() < kept.front()->base_offset(); });
    std::erase_if(unsettled_, [&](const Rolled& rolled) { return rolled.segment->base_offset() < kept.front()->base_offset(); });
    drop_aborted_below(kept.front()->base_offset());
    publish_segments(std::move(kept));
    // Once the topic is deleted another one may have files of these names.
    if (refused_ == Errc::closed) return;
    due_ms = now.ms + options_.retention.file_delete_delay_ms;
  }
  // Appends go on; the topic is not deleted meanwhile, because retire() waits for the files mutex.
  std::vector<Dropped> dropped;
  for (const std::shared_ptr<Segment>& segment : gone) {
    segment->retire();
    if (Status aside = put_aside(*segment); !aside) {
      log::warn("storage", "file stays until the next start file={} error={}", segment->path(kSegmentEnding), aside.error().text);
      continue;
    }
    dropped.push_back({segment->path(kSegmentEnding) + std::string(kDroppedEnding), due_ms});
  }
  {
    const std::lock_guard guard(mutex_);
    dropped_.insert(dropped_.end(), std::make_move_iterator(dropped.begin()), std::make_move_iterator(dropped.end()));
  }
  log::debug("storage", "segments left the log topic={} partition={} count={} log_start={}", identity_.topic, identity_.partition,
             gone.size(), log_start().value);
  if (Status synced = fs_.sync_directory(identity_.directory); !synced) {
    log::debug("storage", "directory not synced after a removal path={} error={}", identity_.directory, synced.error().text);
  }
}

/// files_mutex_ held.
Status Log::put_aside(const Segment& segment) {
  const std::string index = segment.path(kIndexEnding);
  if (Status removed = fs_.remove(index); !removed && removed.error().code != Errc::not_found) return removed;
  if (Status removed = write_aborted(segment.base_offset(), {}, FileKind::durable); !removed) return removed;
  const std::string name = segment.path(kSegmentEnding);
  return fs_.rename(name, name + std::string(kDroppedEnding));
}

void Log::purge_dropped(WallTime now) {
  std::vector<Dropped> due;
  {
    const std::lock_guard guard(mutex_);
    if (refused_ == Errc::closed) return;
    const auto later = std::ranges::partition(dropped_, [&](const Dropped& file) { return file.due_ms <= now.ms; });
    due.assign(std::make_move_iterator(dropped_.begin()), std::make_move_iterator(later.begin()));
    dropped_.erase(dropped_.begin(), later.begin());
  }
  for (const Dropped& file : due) {
    const Status removed = fs_.remove(file.path);
    if (removed || removed.error().code == Errc::not_found) continue;
    log::warn("storage", "file stays until the next start file={} error={}", file.path, removed.error().text);
  }
}

}  // namespace streamline::storage
