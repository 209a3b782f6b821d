// A round: the map, the groups of segments that become one, the point.
#include "storage/compaction/cleaner.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/log.h"
#include "storage/compaction/batch_filter.h"
#include "storage/compaction/batch_reader.h"
#include "storage/compaction/cleaned_segment.h"
#include "storage/compaction/offset_map.h"
#include "storage/segment.h"

namespace streamline::storage {
namespace {

constexpr std::uint64_t kPaceBytes = 1U << 20U;

/// Counts bytes and asks the pace now and then.
class Meter {
 public:
  explicit Meter(Pace& pace) : pace_(pace) {}
  Status count(std::uint64_t bytes) {
    bytes_ += bytes;
    if (bytes_ < kPaceBytes) return {};
    if (!pace_.proceed(std::exchange(bytes_, 0))) return fail(Errc::timed_out, "compaction was told to stop");
    return {};
  }

 private:
  Pace& pace_;
  std::uint64_t bytes_ = 0;
};

/// A complete segment with where the next one starts.
struct Source {
  std::shared_ptr<Segment> segment;
  Offset next_base;
};

/// Opened and whole; whoever copies only part of a segment would drop the rest.
Result<std::shared_ptr<fs::File>> open_whole(const Source& source) {
  if (Status prepared = source.segment->prepare(); !prepared) return fail_with(std::move(prepared));
  Result<bool> whole = source.segment->reaches(source.next_base);
  if (!whole) return fail_with(std::move(whole));
  if (!*whole) return fail(Errc::corrupt, fmt::format("{} is damaged", source.segment->path(kSegmentEnding)));
  return source.segment->file();
}

/// Puts the dirty records' keys into a map. Answers below which offset the map knows all.
class MapBuilder {
 public:
  MapBuilder(OffsetMap& map, Meter& meter, const AbortedBatches& aborted, Offset first)
      : map_(map), meter_(meter), aborted_(aborted), reached_(first) {}

  /// True when the map is full.
  Result<bool> take(const Source& source) {
    Result<std::shared_ptr<fs::File>> file = open_whole(source);
    if (!file) return fail_with(std::move(file));
    Result<Mark> start = source.segment->locate(reached_);
    if (!start) return fail_with(std::move(start));
    BatchReader reader(**file, start->position, source.segment->end().position);
    for (;;) {
      Result<std::optional<record::BatchView>> batch = reader.next();
      if (!batch) return fail(batch.error().code, fmt::format("{}: {}", source.segment->path(kSegmentEnding), batch.error().text));
      if (!*batch) break;
      if (Status going = meter_.count((*batch)->bytes.size()); !going) return fail_with(std::move(going));
      if (!take_batch(**batch)) return true;
      reached_ = (*batch)->header.next_offset();
    }
    reached_ = source.next_base;
    return false;
  }
  Offset reached() const { return reached_; }

 private:
  /// False when the map is full: then reached_ is the record that did not fit.
  bool take_batch(const record::BatchView& batch) {
    if (batch.header.is_control() || aborted_.contains(batch.header)) return true;
    const Result<ByteView> plain = decompressor_.decompress(batch.header.codec(), batch.bytes.subspan(record::kBatchHeaderBytes));
    std::size_t at = 0;
    for (std::int32_t i = 0; plain && i < batch.header.record_count; ++i) {
      const record::ParsedRecord record = record::parse_record(plain->subspan(at));
      if (record.fault != nullptr) return true;
      at += record.size;
      const Offset offset = batch.header.base_offset + record.offset_delta;
      if (record.key_size < 0 || offset < reached_) continue;
      if (map_.put({record.key, static_cast<std::size_t>(record.key_size)}, offset)) continue;
      reached_ = offset;
      return false;
    }
    return true;
  }

  OffsetMap& map_;
  Meter& meter_;
  const AbortedBatches& aborted_;
  Offset reached_;
  record::Decompressor decompressor_;
};

class Rewrite {
 public:
  Rewrite(fs::FileSystem& file_system, Log& log, const CompactionOptions& options, Meter& meter, const FilterRules& rules)
      : fs_(file_system), log_(log), options_(options), meter_(meter), filter_(rules) {}
  ~Rewrite() {
    if (fresh_) discard();
  }

  /// Segments in their order, then end().
  Status take(const Source& source) {
    Result<std::shared_ptr<fs::File>> file = open_whole(source);
    if (!file) return fail_with(std::move(file));
    if (fresh_ && !has_room_for(source)) {
      if (Status ended = end(); !ended) return ended;
    }
    if (!fresh_) {
      if (Status begun = begin(*source.segment); !begun) return begun;
    }
    group_.push_back(source.segment);
    const std::uint64_t bytes = source.segment->end().position;
    group_bytes_ += bytes;
    BatchReader reader(**file, kSegmentHeaderBytes, bytes);
    for (;;) {
      Result<std::optional<record::BatchView>> batch = reader.next();
      if (!batch) return fail(batch.error().code, fmt::format("{}: {}", source.segment->path(kSegmentEnding), batch.error().text));
      if (!*batch) return {};
      if (Status filtered = take_batch(**batch); !filtered) return filtered;
    }
  }

  /// Puts the new segment in the place of those that it was made from, unless it would say the same.
  Status end() {
    if (!fresh_) return {};
    report_.bytes_before += group_bytes_;
    report_.segments_before += group_.size();
    ++report_.segments_after;
    report_.bytes_after += fresh_->bytes();
    if (changed_ || group_.size() > 1) {
      if (Status replaced = replace(); !replaced) return replaced;
    } else {
      discard();
    }
    fresh_.reset();
    group_.clear();
    return {};
  }

  RoundReport report() const {
    RoundReport report = report_;
    report.unreadable_batches = filter_.unreadable_batches();
    return report;
  }

 private:
  bool has_room_for(const Source& source) const {
    return fresh_->bytes() + source.segment->end().position <= options_.segment_bytes &&
           source.next_base - fresh_->base_offset() <= INT32_MAX;
  }

  Status begin(const Segment& first) {
    Result<SegmentHeader> header = first.read_header();
    // Its batches are whole; a header that is not is made anew from what is known without it.
    SegmentHeader fresh = header ? *header : SegmentHeader{.topic_hash = topic_hash(log_.identity().topic_id)};
    fresh.base_offset = first.base_offset();
    const Result<std::unique_lock<std::mutex>> files = log_.hold_files();
    if (!files) return fail(files.error().code, files.error().text);
    Result<CleanedSegment> made = CleanedSegment::create(fs_, log_.identity().directory, fresh, options_.index_interval_bytes);
    if (!made) return fail_with(std::move(made));
    fresh_ = std::move(*made);
    group_bytes_ = 0;
    changed_ = false;
    return {};
  }

  Status replace() {
    if (Status written = fresh_->write_out(); !written) return written;
    Result<std::shared_ptr<Segment>> segment;
    {
      const Result<std::unique_lock<std::mutex>> files = log_.hold_files();
      if (!files) return fail(files.error().code, files.error().text);
      segment = fresh_->finish();
    }
    if (!segment) return fail_with(std::move(segment));
    return log_.replace_segments(group_, *segment);
  }

  /// Files of that name in a directory that is not the log's any more are another topic's.
  void discard() {
    if (const Result<std::unique_lock<std::mutex>> files = log_.hold_files()) fresh_->discard();
  }

  Status take_batch(const record::BatchView& batch) {
    Result<BatchFilter::Outcome> outcome = filter_.apply(batch);
    if (!outcome) return fail_with(std::move(outcome));
    changed_ = changed_ || outcome->kind != BatchFilter::Kind::kept;
    report_.records_removed += static_cast<std::uint64_t>(outcome->records_removed);
    if (outcome->kind != BatchFilter::Kind::dropped) {
      if (Status added = fresh_->append(outcome->header, outcome->bytes); !added) return added;
    }
    return meter_.count(batch.bytes.size() + outcome->bytes.size());
  }

  fs::FileSystem& fs_;
  Log& log_;
  const CompactionOptions& options_;
  Meter& meter_;
  BatchFilter filter_;
  std::optional<CleanedSegment> fresh_;
  SegmentList group_;
  std::uint64_t group_bytes_ = 0;
  bool changed_ = false;
  RoundReport report_;
};

std::unordered_map<ProducerId, Offset> last_offsets(const Log& log, WallTime now) {
  std::unordered_map<ProducerId, Offset> last;
  for (const ProducerEntry& producer : log.producers(now)) {
    if (!producer.batches().empty()) last.emplace(producer.id, producer.batches().back().last_offset);
  }
  return last;
}

}  // namespace

Result<RoundReport> Cleaner::clean(Log& log, const CompactionOptions& options, const DirtyRange& range, WallTime now) {
  const CompactionView view = log.compaction_view();
  if (view.segments == nullptr) return fail(Errc::closed, "the log refuses changes");
  std::vector<Source> sources;
  for (std::size_t i = 0; i + 1 < view.segments->size() && (*view.segments)[i + 1]->base_offset() <= range.end; ++i) {
    sources.push_back({(*view.segments)[i], (*view.segments)[i + 1]->base_offset()});
  }
  Meter meter(pace_);
  OffsetMap map({.memory_bytes = limits_.memory_bytes,
                 .load_factor = limits_.load_factor,
                 .most_keys = static_cast<std::uint64_t>(range.end - range.first)},
                hasher_);
  // The range ends where every transaction has.
  const AbortedBatches aborted(log.aborted_transactions(Offset(0), range.end));
  MapBuilder builder(map, meter, aborted, range.first);
  for (const Source& source : sources) {
    if (source.next_base <= range.first) continue;
    Result<bool> full = builder.take(source);
    if (!full) return fail_with(std::move(full));
    if (*full) break;
  }
  const Offset cleaned_to = builder.reached();
  const FilterRules rules{.map = map,
                          .map_end = cleaned_to,
                          .round_end = range.end,
                          .now = now,
                          .delete_retention_ms = options.delete_retention_ms,
                          .last_offsets = last_offsets(log, now),
                          .aborted = aborted};
  Rewrite rewrite(fs_, log, options, meter, rules);
  for (const Source& source : sources) {
    if (source.segment->base_offset() >= cleaned_to) break;
    if (Status taken = rewrite.take(source); !taken) return fail_with(std::move(taken));
  }
  if (Status ended = rewrite.end(); !ended) return fail_with(std::move(ended));
  if (Status saved = log.note_cleaned(cleaned_to); !saved) return fail_with(std::move(saved));
  RoundReport report = rewrite.report();
  report.cleaned_to = cleaned_to;
  return report;
}

}  // namespace streamline::storage
