// The way of an append: check, assign, patch, write, publish; and rolling to a new segment.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"
#include "base/log.h"
#include "storage/log.h"
#include "storage/segment.h"

namespace streamline::storage {

namespace {
// Producer snapshots that wait in memory for settle().
constexpr std::size_t kOwedSnapshots = 4;
// Batches of one write, mostly.
constexpr std::size_t kUsualPieces = 8;
// Written again and again ahead of the tail.
constexpr std::array<std::byte, std::size_t{64} * 1024> kZeros{};
}  // namespace

/// Batches that go to the active segment with one write: those of items [first, place) that have an offset of their own.
struct Log::Group {
  std::span<AppendItem* const> items;
  WallTime now;
  AppendSummary summary;
  std::size_t first = 0;
  std::size_t place = 0;
  Offset begin;
  Offset next;
  std::uint64_t bytes = 0;
};

AppendSummary Log::append(std::span<AppendItem* const> items, WallTime now) {
  if (const Status ready = ensure_open(); !ready) {
    for (AppendItem* item : items) *item = AppendItem{.batch = item->batch, .guard = item->guard, .error = ready.error().code};
    return {.first = log_end(), .end = log_end()};
  }
  const std::lock_guard guard(mutex_);
  if (const std::size_t gone = producers_.bound(options_.max_producers, transactions_); gone > 0) {
    log::warn("storage", "too many producers, those idle for longest are forgotten topic={} partition={} forgotten={} kept={}",
              identity_.topic, identity_.partition, gone, options_.max_producers);
  }
  Group group{.items = items,
              .now = now,
              .summary = {.first = log_end(), .end = log_end(), .generation = generation()},
              .begin = log_end(),
              .next = log_end()};
  for (; group.place < items.size(); ++group.place) append_one(*items[group.place], group);
  flush(group);
  group.summary.end = log_end();
  return group.summary;
}

void Log::append_one(AppendItem& item, Group& group) {
  item.error.reset();
  item.duplicate = false;
  item.base_offset = kNoOffset;
  item.append_time_ms = -1;
  const Result<record::BatchHeader> read = record::read_batch_header(item.batch);
  SL_ASSERT(read.has_value() && read->size_bytes() == item.batch.size());
  record::BatchHeader header = *read;
  // A marker has to find room whatever a topic allows.
  if (header.size_bytes() > options_.max_batch_bytes && !header.is_control()) {
    item.error = Errc::too_large;
  } else if (header.size_bytes() > options_.segment_bytes) {
    item.error = Errc::record_list_too_large;
  } else if (!refused_ && must_roll(group.bytes + header.size_bytes(), group.next - log_end() + header.last_offset_delta, group.now)) {
    flush(group);
    if (Status rolled = refused_ ? Status{} : roll(group.now); !rolled) item.error = rolled.error().code;
  }
  if (refused_) item.error = refused_;
  if (item.error || !admit(item, header)) return;
  item.base_offset = header.base_offset = group.next;
  item.append_time_ms = group.now.ms;
  record::patch_base_offset(item.batch.data(), header.base_offset);
  record::patch_leader_epoch(item.batch.data(), leader_epoch());
  take_up(item, header, group.now);
  pieces_.push_back(item.batch);
  group.next = header.next_offset();
  group.bytes += header.size_bytes();
}

/// Rules 46 to 52, 61, 63 and 70. The tables already hold the batches of this group that are not written yet.
bool Log::admit(AppendItem& item, const record::BatchHeader& header) {
  const ProducerTable::Verdict verdict = producers_.check(header);
  // Nothing more for the rest of the world.
  const bool concerned = header.is_transactional() || header.is_control() || transactions_.open_count() > 0;
  item.error = concerned && !verdict.duplicate ? transaction_error(item, header, verdict.error) : verdict.error;
  if (item.error) return false;
  if (!verdict.duplicate) return true;
  item.duplicate = true;
  item.base_offset = verdict.duplicate->first_offset;
  item.append_time_ms = verdict.duplicate->append_time_ms;
  return false;
}

void Log::flush(Group& group) {
  if (!pieces_.empty()) {
    Status outcome = prepare_tail(group.now);
    if (outcome) outcome = write_tail(group);
    if (outcome) {
      publish(group);
      group.summary.bytes += group.bytes;
      group.summary.batches += static_cast<std::uint32_t>(pieces_.size());
    } else {
      fail_items(group, outcome.error());
    }
    pieces_.clear();
  }
  group.first = group.place;
  group.begin = group.next = log_end();
  group.bytes = 0;
}

/// Nothing of a write that fails stays behind the tail, or the log stops.
Status Log::write_tail(const Group& group) {
  const std::uint32_t position = active_->end().position;
  const std::uint64_t write_end = position + group.bytes;
  const Result<std::shared_ptr<fs::File>> file = active_->file();
  if (!file) return fail(file.error().code, file.error().text);
  std::uint64_t zeros = 0;
  if (options_.durability == Durability::always && active_->may_be_prewritten() && write_end < options_.segment_bytes) {
    zeros = active_->zeros_behind(write_end, group.bytes, std::min(options_.prewrite_bytes, options_.segment_bytes - write_end));
  }
  if (zeros == 0 && !active_->has_zeros_at(write_end)) active_->reserve(write_end, options_.preallocate_bytes);
  const std::size_t batches = pieces_.size();
  add_zeros(zeros);
  Status written = (*file)->write_at(position, pieces_);
  pieces_.resize(batches);
  // A disk that is nearly full may still take the batches.
  if (!written && zeros > 0) written = (*file)->write_at(position, pieces_);
  if (written) {
    if (zeros > 0) active_->note_prewritten(write_end + zeros);
    return written;
  }
  active_->forget_reservation();
  if (Status cut = (*file)->truncate(position); !cut) {
    log::error("storage", "a failed write could not be cut back, writes are refused topic={} partition={} error={}", identity_.topic,
               identity_.partition, cut.error().text);
    stop(Errc::io);
  }
  return written;
}

void Log::add_zeros(std::uint64_t count) {
  for (; count > 0; count -= std::min<std::uint64_t>(count, kZeros.size())) {
    pieces_.push_back(ByteView(kZeros).first(std::min<std::uint64_t>(count, kZeros.size())));
  }
}

void Log::publish(const Group& group) {
  producers_.commit();
  // Before anybody sees what it holds back.
  publish_transactions();
  if (write_failing_) log::info("storage", "writes succeed again topic={} partition={}", identity_.topic, identity_.partition);
  write_failing_ = false;
  const Mark before = active_->end();
  std::uint32_t position = before.position;
  for (const ByteView piece : pieces_) {
    const Result<record::BatchHeader> header = record::read_batch_header(piece);
    active_->note_batch(*header, position, options_.index_interval_bytes);
    position += static_cast<std::uint32_t>(piece.size());
  }
  if (before.relative_offset == 0) active_->first_append_ms = group.now.ms;
  active_->publish({static_cast<std::uint32_t>(group.next - active_->base_offset()), position});
  appended_bytes_ += group.bytes;
  log_end_.store(group.next.value, std::memory_order_release);
  if (options_.durability != Durability::always) show_up_to(group.next);
}

/// A duplicate of a batch that was to be written with this group fails with it.
void Log::fail_items(const Group& group, const Error& error) {
  producers_.roll_back();
  transactions_.roll_back();
  aborted_now_.clear();
  const Errc code = error.code == Errc::not_found ? Errc::closed : error.code;
  if (!write_failing_) {
    log::error("storage", "write failed topic={} partition={} error={}", identity_.topic, identity_.partition, error.text);
  }
  write_failing_ = true;
  for (std::size_t i = group.first; i < group.place; ++i) {
    AppendItem& item = *group.items[i];
    if (item.error || item.base_offset < group.begin) continue;
    item = AppendItem{.batch = item.batch, .guard = item.guard, .error = code};
  }
}

bool Log::must_roll(std::uint64_t bytes, std::int64_t offsets, WallTime now) const {
  const Mark end = active_ == nullptr ? Mark{} : active_->end();
  if (end.relative_offset == 0) {
    // What is gathered may fill an empty segment alone; then it goes first.
    return !pieces_.empty() && (end.position + bytes > options_.segment_bytes || offsets > INT32_MAX - 1);
  }
  return roll_owed_ || end.position + bytes > options_.segment_bytes || end.relative_offset + offsets > INT32_MAX - 1 ||
         now.ms - active_->first_append_ms >= roll_age_ms(active_->base_offset());
}

Status Log::roll_if_due(WallTime now) {
  if (rests_unrolled(now)) return {};
  if (Status ready = ensure_open(); !ready) return ready;
  const std::lock_guard guard(mutex_);
  if (refused_ || active_ == nullptr || !must_roll(0, 0, now)) return {};
  return roll(now);
}

/// Makes the new file and nothing durable: the next sync makes its name durable before it calls anything in it so, and settle() writes
/// what belongs to the old one. Names become durable in their order all the same, so that a power loss leaves no hole: two rolls with
/// no sync and no checkpoint between them, which is rare, make the second one wait.
Status Log::roll(WallTime now) {
  if (active_ != nullptr && active_->end().relative_offset == 0) return {};
  if (Status made = active_ == nullptr ? fs_.make_directory(identity_.directory) : sync_names(); !made) return made;
  const Offset base = log_end();
  const bool prewritten = options_.durability == Durability::always && options_.prewrite_bytes > 0;
  // Here, so that no append has to make the room.
  if (prewritten) pieces_.reserve(options_.prewrite_bytes / kZeros.size() + kUsualPieces);
  SegmentHeader header{.flags = static_cast<std::uint16_t>(kVerbatimFlag | (prewritten ? kPrewrittenTailFlag : 0)),
                       .base_offset = base,
                       .max_offset = base - 1,
                       .base_timestamp = now.ms,
                       .leader_epoch = leader_epoch(),
                       .topic_hash = topic_hash(identity_.topic_id)};
  Result<std::shared_ptr<Segment>> made = Segment::create(fs_, identity_.directory, header);
  // The file may be there now. Nothing is appended before a roll to the same offset succeeded: behind that offset it would be a hole.
  roll_owed_ = !made.has_value();
  if (!made) return fail_with(std::move(made));
  if (options_.preallocate == Preallocate::whole) (*made)->reserve_whole(options_.segment_bytes);
  ++names_made_;
  SegmentList list = *segments();
  if (active_ != nullptr) {
    unsettled_.push_back(rolled_active(now));
    if (const AbortedRange range = aborted_.range(active_->base_offset(), base); range.count > 0) aborted_ranges_.push_back(range);
    // While nothing can be settled, older snapshots are given up: they only spare a start some reading.
    if (unsettled_.size() > kOwedSnapshots) unsettled_[unsettled_.size() - kOwedSnapshots - 1].producers = {};
    unsynced_rolled_.push_back(active_);
  }
  active_ = *made;
  list.push_back(active_);
  publish_segments(std::move(list));
  return {};
}

Status Log::sync_names() {
  if (names_synced_ >= names_made_) return {};
  for (const std::string& directory : {identity_.directory, fs::parent_path(identity_.directory)}) {
    if (Status synced = fs_.sync_directory(directory); !synced) return synced;
  }
  names_synced_ = names_made_;
  return {};
}

Log::Rolled Log::rolled_active(WallTime now) const {
  const SegmentHeader header{.flags = kVerbatimFlag | kSealedFlag,
                             .base_offset = active_->base_offset(),
                             .max_offset = active_->end_offset() - 1,
                             .base_timestamp = active_->first_append_ms < 0 ? now.ms : active_->first_append_ms.load(),
                             .max_timestamp = active_->max_timestamp(),
                             .record_count = active_->end().relative_offset,
                             .leader_epoch = leader_epoch(),
                             .topic_hash = topic_hash(identity_.topic_id)};
  return {active_, header, encode_producers(log_end()), encode_aborted(active_->base_offset(), log_end())};
}

Status Log::prepare_tail(WallTime now) {
  if (active_ == nullptr) {
    if (Status made = roll(now); !made) return made;
  }
  if (epochs_.latest() >= std::optional(leader_epoch())) return {};
  epochs_.assign(leader_epoch(), log_end());
  epochs_owed_ = true;
  return {};
}

void Log::publish_segments(SegmentList segments) {
  for (const std::shared_ptr<Segment>& segment : segments) segment->attach(open_files_);
  std::shared_ptr<const SegmentList> next = std::make_shared<const SegmentList>(std::move(segments));
  const std::lock_guard guard(segments_mutex_);
  segments_ = std::move(next);
}

}  // namespace streamline::storage
