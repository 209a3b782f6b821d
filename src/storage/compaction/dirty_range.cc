// Measuring a log's dirty part, segment by segment.
#include "storage/compaction/dirty_range.h"

#include <algorithm>
#include <array>
#include <limits>

#include "record/batch.h"
#include "storage/compaction/cleaner_point.h"
#include "storage/segment.h"

namespace streamline::storage {
namespace {

/// A segment without any timestamp is as old as the next one's making.
Result<std::int64_t> newest_ms(const SegmentList& list, std::size_t place) {
  if (const std::int64_t newest = list[place]->max_timestamp(); newest >= 0) return newest;
  Result<SegmentHeader> next = list[place + 1]->read_header();
  // Unknown is young.
  return next ? next->base_timestamp : std::numeric_limits<std::int64_t>::max();
}

/// Time of the first batch; nothing when there is none.
Result<std::optional<std::int64_t>> oldest_ms(const Segment& segment) {
  const std::optional<std::int64_t> nothing;
  if (segment.end().position < kSegmentHeaderBytes + record::kBatchHeaderBytes) return nothing;
  Result<std::shared_ptr<fs::File>> file = segment.file();
  if (!file) return fail_with(std::move(file));
  std::array<std::byte, record::kBatchHeaderBytes> bytes{};
  Result<std::size_t> got = (*file)->read_at(kSegmentHeaderBytes, bytes);
  if (!got) return fail_with(std::move(got));
  const Result<record::BatchHeader> header = record::read_batch_header(ByteView(bytes).first(*got));
  if (!header || header->max_timestamp <= 0) return nothing;
  return std::optional(header->max_timestamp);
}

/// In mode `none` nobody syncs; what is to push older records out has to be durable first.
Result<CompactionView> durable_view(Log& log) {
  CompactionView view = log.compaction_view();
  if (view.segments == nullptr || view.segments->size() < 2 || view.durable_end >= view.segments->back()->base_offset()) return view;
  if (Status synced = log.sync(); !synced) return fail_with(std::move(synced));
  return log.compaction_view();
}

class Measure {
 public:
  Measure(const SegmentList& list, const CompactionOptions& options, WallTime now) : list_(list), options_(options), now_(now) {}

  Result<std::optional<DirtyRange>> run(Offset first, Offset durable_end) {
    range_.first = range_.end = first;
    for (std::size_t i = 0; i + 1 < list_.size(); ++i) {
      const Offset upper = list_[i + 1]->base_offset();
      if (upper > durable_end) break;
      if (Status prepared = list_[i]->prepare(); !prepared) return fail_with(std::move(prepared));
      if (upper <= first) {
        range_.clean_bytes += list_[i]->end().position;
        continue;
      }
      Result<bool> young = is_young(i);
      if (!young) return fail_with(std::move(young));
      if (*young) break;
      range_.dirty_bytes += list_[i]->end().position;
      range_.end = upper;
      if (Status looked = look_at_age(*list_[i]); !looked) return fail_with(std::move(looked));
    }
    if (range_.end <= first) return std::optional<DirtyRange>{};
    return std::optional(range_);
  }

 private:
  Result<bool> is_young(std::size_t place) const {
    if (options_.min_compaction_lag_ms <= 0) return false;
    Result<std::int64_t> newest = newest_ms(list_, place);
    if (!newest) return fail_with(std::move(newest));
    return *newest > now_.ms - options_.min_compaction_lag_ms;
  }
  Status look_at_age(const Segment& segment) {
    if (options_.max_compaction_lag_ms == std::numeric_limits<std::int64_t>::max()) return {};
    Result<std::optional<std::int64_t>> oldest = oldest_ms(segment);
    if (!oldest) return fail_with(std::move(oldest));
    range_.overdue = range_.overdue || (*oldest && **oldest < now_.ms - options_.max_compaction_lag_ms);
    return {};
  }

  const SegmentList& list_;
  const CompactionOptions& options_;
  const WallTime now_;
  DirtyRange range_;
};

}  // namespace

Result<std::optional<DirtyRange>> find_dirty_range(fs::FileSystem& file_system, Log& log, const CompactionOptions& options, WallTime now) {
  const std::optional<DirtyRange> nothing;
  if (const std::optional<Offset> active_base = log.unopened_active_base()) {
    const Result<Offset> point = load_cleaner_point(file_system, log.identity().directory);
    if (point && *active_base <= std::max(*point, log.log_start())) return nothing;
  }
  const CompactionView before = log.compaction_view();
  if (before.segments == nullptr || before.segments->size() < 2) return nothing;
  Result<Offset> point = load_cleaner_point(file_system, log.identity().directory);
  if (!point) return fail_with(std::move(point));
  // A point beyond the end speaks of records that a power loss took; a later start than the point leaves less to do.
  const Offset first = *point > log.log_end() ? log.log_start() : std::max(*point, log.log_start());
  if (first >= before.segments->back()->base_offset()) return nothing;
  Result<CompactionView> view = durable_view(log);
  if (!view) return fail_with(std::move(view));
  if (view->segments == nullptr) return nothing;
  return Measure(*view->segments, options, now).run(first, view->durable_end);
}

}  // namespace streamline::storage
