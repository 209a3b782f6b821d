// Reads: plans of whole batches, and look-ups by time. No lock is held but for the copy of the segment list.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "storage/log.h"
#include "storage/segment.h"

namespace streamline::storage {

/// Empty when the files cannot be looked at.
std::shared_ptr<const SegmentList> Log::segments() const {
  static_cast<void>(ensure_open());
  const std::lock_guard guard(segments_mutex_);
  return segments_;
}

std::shared_ptr<const Segment> Log::segment_at(Offset offset) const {
  const std::shared_ptr<const SegmentList> list = segments();
  const auto after = std::ranges::upper_bound(*list, offset, {}, [](const auto& segment) { return segment->base_offset(); });
  if (after == list->begin()) return nullptr;
  return *std::prev(after);
}

/// Where a read that used `segment` up goes on; null at the end. It need not start where this one ends, for compaction leaves gaps; and
/// meanwhile another one may stand for this and others behind it, then that one is read on from `next`.
std::shared_ptr<const Segment> Log::segment_behind(const Segment& segment, Offset next) const {
  const std::shared_ptr<const SegmentList> list = segments();
  const auto after = std::ranges::upper_bound(*list, next, {}, [](const auto& other) { return other->base_offset(); });
  if (after != list->begin() && std::prev(after)->get() != &segment) return *std::prev(after);
  return after == list->end() ? nullptr : *after;
}

struct Log::ReadRequest {
  Offset from;
  Offset up_to;
  std::size_t max_bytes = 0;
  MinOneBatch min_one = MinOneBatch::yes;
};

struct Log::ReadState {
  ReadPlan plan;
  std::shared_ptr<const Segment> segment;
  Mark at;
  Offset limit;
  std::size_t max_bytes = 0;
  MinOneBatch min_one = MinOneBatch::yes;
  /// Nothing more can be taken.
  bool done = false;
};

/// A list of segments may be old: retention and compaction publish another before they take files away. So a file that is not found
/// is looked for in the next list, and only where the list has not changed is it really missing.
template <class Read>
auto Log::with_current_segments(Read read) const -> decltype(read(SegmentList{})) {
  if (Status ready = ensure_open(); !ready) return fail_with(std::move(ready));
  for (;;) {
    const std::shared_ptr<const SegmentList> list = segments();
    auto outcome = read(*list);
    if (outcome || outcome.error().code != Errc::not_found) return outcome;
    if (segments() == list) return fail(Errc::io, outcome.error().text);
  }
}

Result<ReadPlan> Log::read(Offset from, Offset up_to, std::size_t max_bytes, MinOneBatch min_one, ReadCursor& cursor) const {
  const ReadRequest request{.from = from, .up_to = up_to, .max_bytes = max_bytes, .min_one = min_one};
  return with_current_segments([&](const SegmentList&) {
    Result<ReadPlan> plan = read_once(request, cursor);
    if (!plan) cursor = {};
    return plan;
  });
}

Result<ReadPlan> Log::read_once(const ReadRequest& request, ReadCursor& cursor) const {
  const Offset from = request.from;
  const Offset end = log_end();
  if (from < log_start() || from > end) {
    return fail(Errc::offset_out_of_range, fmt::format("offset {} is outside [{}, {}]", from.value, log_start().value, end.value));
  }
  ReadState state;
  state.limit = std::min(request.up_to, end);
  state.max_bytes = request.max_bytes;
  state.min_one = request.min_one;
  state.plan.set_next_offset(from);
  if (from >= state.limit) return std::move(state.plan);
  if (cursor.next_offset == from) state.segment = cursor.segment.lock();
  if (state.segment != nullptr && from < state.segment->end_offset()) {
    state.at = {static_cast<std::uint32_t>(from - state.segment->base_offset()), cursor.position};
  } else {
    state.segment = segment_at(from);
    if (state.segment == nullptr) return std::move(state.plan);
    if (Status prepared = state.segment->prepare(); !prepared) return fail_with(std::move(prepared));
    Result<Mark> at = state.segment->locate(from);
    if (!at) return fail_with(std::move(at));
    state.at = *at;
  }
  while (!state.done) {
    if (Status read = read_segment(state); !read) return fail_with(std::move(read));
  }
  cursor.segment = state.segment;
  cursor.next_offset = state.plan.next_offset();
  cursor.position = state.at.position;
  return std::move(state.plan);
}

bool Log::is_cold(Offset from, std::size_t max_bytes, const ReadCursor& cursor) const {
  if (!opened_.load(std::memory_order_acquire)) return true;
  const auto place = [this](const Segment& segment) {
    return segment.end_offset() >= log_end() ? Segment::Place::newest : Segment::Place::older;
  };
  if (cursor.next_offset == from) {
    const std::shared_ptr<const Segment> last = cursor.segment.lock();
    if (last != nullptr && from < last->end_offset()) return last->is_cold(cursor.position, max_bytes, place(*last));
  }
  const std::shared_ptr<const Segment> segment = segment_at(from);
  if (segment == nullptr) return false;
  if (!segment->is_prepared()) return true;
  // The look-up walks from the index entry to the offset; then come the bytes to be sent.
  return segment->is_cold(segment->look_up_position(from), max_bytes, place(*segment));
}

/// Takes what it can from one segment and goes to the next where that one is used up.
Status Log::read_segment(ReadState& state) const {
  const Segment& segment = *state.segment;
  Result<Mark> stop = segment.border_at(state.limit);
  if (!stop) return fail_with(std::move(stop));
  const std::uint64_t room = state.max_bytes - std::min<std::uint64_t>(state.max_bytes, state.plan.total_bytes());
  const MinOneBatch min_one = state.plan.empty() ? state.min_one : MinOneBatch::no;
  Result<Mark> cut = segment.cut(state.at, {.stop = *stop, .max_bytes = room, .min_one = min_one});
  if (!cut) return fail_with(std::move(cut));
  if (cut->position > state.at.position) {
    Result<std::shared_ptr<fs::File>> file = segment.file();
    if (!file) return fail_with(std::move(file));
    state.plan.add({std::move(*file), state.at.position, cut->position - state.at.position});
    state.plan.set_next_offset(segment.offset_of(*cut));
    state.at = *cut;
  }
  const bool used_up = cut->position >= stop->position;
  state.done = !used_up || state.plan.full() || state.plan.total_bytes() >= state.max_bytes || segment.end_offset() >= state.limit;
  if (state.done) return {};
  const Offset from = std::max(state.plan.next_offset(), segment.end_offset());
  std::shared_ptr<const Segment> next = segment_behind(segment, from);
  state.done = next == nullptr || next->base_offset() >= state.limit;
  if (state.done) return {};
  // What was found is a good answer; the next read starts at the segment that is cold, or that cannot be opened.
  const auto place = next == segments()->back() ? Segment::Place::newest : Segment::Place::older;
  state.done = !state.plan.empty() && next->is_cold(kSegmentHeaderBytes, room, place);
  if (state.done) return {};
  if (Status prepared = next->prepare(); !prepared) {
    state.done = !state.plan.empty();
    return state.done ? Status{} : prepared;
  }
  Result<Mark> at = next->locate(from);
  if (!at) return fail_with(std::move(at));
  state.segment = std::move(next);
  state.at = *at;
  return {};
}

Result<std::optional<TimestampOffset>> Log::offset_for_time(std::int64_t target_ms) const {
  return with_current_segments([&](const SegmentList& list) { return time_in(list, target_ms); });
}

Result<std::optional<TimestampOffset>> Log::time_in(const SegmentList& list, std::int64_t target_ms) const {
  const Segment::TimeSearch search{.target_ms = target_ms, .from = log_start(), .below = high_watermark()};
  for (const std::shared_ptr<Segment>& segment : list) {
    if (segment->base_offset() >= search.below) break;
    if (Status prepared = segment->prepare(); !prepared) return fail_with(std::move(prepared));
    if (segment->max_timestamp() < target_ms || segment->end_offset() <= search.from) continue;
    Result<std::optional<FoundRecord>> found = segment->find_time(search);
    if (!found) return fail_with(std::move(found));
    if (*found) return std::optional(TimestampOffset{(*found)->timestamp, (*found)->offset, (*found)->leader_epoch});
  }
  return std::optional<TimestampOffset>{};
}

Result<TimestampOffset> Log::max_timestamp_offset() const {
  return with_current_segments([&](const SegmentList& list) { return max_timestamp_in(list); });
}

Result<TimestampOffset> Log::max_timestamp_in(const SegmentList& list) const {
  const Segment::OffsetRange visible{.from = log_start(), .below = high_watermark()};
  for (const Segment::MaxSearch how : {Segment::MaxSearch::quick, Segment::MaxSearch::exact}) {
    std::int64_t highest = -1;
    for (const std::shared_ptr<Segment>& segment : list) {
      if (segment->base_offset() >= visible.below) break;
      if (Status prepared = segment->prepare(); !prepared) return fail_with(std::move(prepared));
      Result<std::int64_t> newest = segment->max_timestamp_in(visible, how);
      if (!newest) return fail_with(std::move(newest));
      highest = std::max(highest, *newest);
    }
    if (highest < 0) break;
    Result<std::optional<TimestampOffset>> found = time_in(list, highest);
    if (!found) return fail_with(std::move(found));
    if (*found) return **found;
  }
  return TimestampOffset{};
}

Result<std::vector<Offset>> Log::segment_starts(std::int64_t not_after_ms) const {
  const Offset start = log_start();
  const std::shared_ptr<const SegmentList> list = segments();
  std::vector<Offset> starts;
  for (auto at = list->rbegin(); at != list->rend(); ++at) {
    if (starts.empty() && not_after_ms != INT64_MAX) {
      if (Status prepared = (*at)->prepare(); !prepared) return fail_with(std::move(prepared));
      if ((*at)->max_timestamp() > not_after_ms) continue;
    }
    starts.push_back(std::max((*at)->base_offset(), start));
    // Older ones hold only what was deleted.
    if ((*at)->base_offset() <= start) break;
  }
  return starts;
}

}  // namespace streamline::storage
