// How a segment finds offsets, sizes and times: index first, then a short walk over batch headers.
#include <algorithm>
#include <vector>

#include "record/record_iterator.h"
#include "storage/batch_scanner.h"
#include "storage/segment.h"

namespace streamline::storage {
namespace {
// What was written last is still in memory.
constexpr std::uint32_t kHotTailBytes = 4 * 1024 * 1024;
}  // namespace

bool Segment::is_cold(std::uint32_t position, std::size_t bytes, Place place) const {
  if (!is_prepared()) return true;
  const std::uint32_t last = end().position;
  if (position >= last || (place == Place::newest && last - position <= kHotTailBytes)) return false;
  const Result<std::shared_ptr<fs::File>> opened = file();
  return opened && !(*opened)->is_cached(position, std::min<std::size_t>(bytes, last - position));
}

Mark Segment::start_for(Offset offset) const {
  const std::int64_t relative = std::clamp<std::int64_t>(offset - base_offset_, 0, UINT32_MAX);
  const std::optional<IndexEntry> entry = index_.floor_offset(static_cast<std::uint32_t>(relative));
  return entry ? Mark{entry->relative_offset, entry->position} : Mark{};
}

Result<Mark> Segment::locate(Offset offset) const {
  if (offset <= base_offset_) return Mark{};
  const Mark last = end();
  if (offset >= offset_of(last)) return last;
  Mark at = start_for(offset);
  const Result<std::shared_ptr<fs::File>> opened = file();
  if (!opened) return fail(opened.error().code, opened.error().text);
  BatchScanner scanner(**opened, at.position, last.position);
  for (;;) {
    Result<std::optional<ScannedBatch>> batch = scanner.next();
    if (!batch) return fail_with(std::move(batch));
    if (!*batch) return last;
    const std::uint32_t relative = static_cast<std::uint32_t>((*batch)->header.base_offset - base_offset_);
    if ((*batch)->header.last_offset() >= offset) return Mark{relative, static_cast<std::uint32_t>((*batch)->position)};
  }
}

std::optional<Mark> Segment::known_border(std::uint32_t relative_offset) const {
  if (const Mark shown = unpack(visible_.load(std::memory_order_acquire)); shown.relative_offset == relative_offset) return shown;
  for (const std::atomic<std::uint64_t>& packed : recent_) {
    const Mark mark = unpack(packed.load(std::memory_order_acquire));
    // An unused place is all zero, which no border is.
    if (mark.relative_offset == relative_offset && mark.position >= kSegmentHeaderBytes) return mark;
  }
  return std::nullopt;
}

Result<Mark> Segment::border_at(Offset offset) const {
  const Mark last = end();
  if (offset >= offset_of(last)) return last;
  if (offset <= base_offset_) return Mark{};
  if (const std::optional<Mark> known = known_border(static_cast<std::uint32_t>(offset - base_offset_))) return *known;
  // The batch that contains the offset starts at the border, if it does not start at the offset itself.
  return locate(offset);
}

Mark Segment::best_border_before(Mark from, Mark stop, std::uint32_t position) const {
  Mark best = from;
  if (const std::optional<IndexEntry> entry = index_.floor_position(position)) {
    if (entry->position > best.position && entry->position <= stop.position) best = {entry->relative_offset, entry->position};
  }
  for (const std::atomic<std::uint64_t>& packed : recent_) {
    const Mark mark = unpack(packed.load(std::memory_order_acquire));
    if (mark.position > best.position && mark.position <= position && mark.position <= stop.position) best = mark;
  }
  return best;
}

Result<Mark> Segment::cut(Mark from, const Limits& limits) const {
  if (limits.stop.position <= from.position) return from;
  if (limits.stop.position - from.position <= limits.max_bytes) return limits.stop;
  // max_bytes is below 2^32 here, because the stop is farther away.
  const std::uint32_t most = from.position + static_cast<std::uint32_t>(limits.max_bytes);
  Mark at = best_border_before(from, limits.stop, most);
  // A known border that uses half of the room is as good as the exact one, and costs no read.
  if (at.position > from.position && at.position - from.position >= limits.max_bytes / 2) return at;
  const Result<std::shared_ptr<fs::File>> opened = file();
  if (!opened) return fail(opened.error().code, opened.error().text);
  BatchScanner scanner(**opened, at.position, limits.stop.position);
  for (;;) {
    Result<std::optional<ScannedBatch>> batch = scanner.next();
    if (!batch) return fail_with(std::move(batch));
    if (!*batch) return at;
    const Mark behind{static_cast<std::uint32_t>((*batch)->header.next_offset() - base_offset_),
                      static_cast<std::uint32_t>((*batch)->end())};
    const bool owed = at.position == from.position && limits.min_one == MinOneBatch::yes;
    if (behind.position > most && !owed) return at;
    at = behind;
    if (at.position >= most) return at;
  }
}

Result<std::optional<FoundRecord>> Segment::find_time(const TimeSearch& search) const {
  std::optional<FoundRecord> nothing;
  const std::optional<IndexEntry> entry = index_.floor_time(search.target_ms);
  const Mark last = end();
  // Entries may run ahead of what is published.
  const std::uint32_t start = entry ? std::min(entry->position, last.position) : static_cast<std::uint32_t>(kSegmentHeaderBytes);
  const Result<std::shared_ptr<fs::File>> opened = file();
  if (!opened) return fail(opened.error().code, opened.error().text);
  BatchScanner scanner(**opened, start, last.position);
  std::vector<std::byte> bytes;
  record::Decompressor decompressor;
  for (;;) {
    Result<std::optional<ScannedBatch>> batch = scanner.next();
    if (!batch) return fail_with(std::move(batch));
    if (!*batch || (*batch)->header.base_offset >= search.below) return nothing;
    const record::BatchHeader& header = (*batch)->header;
    if (header.max_timestamp < search.target_ms || header.last_offset() < search.from) continue;
    bytes.resize(header.size_bytes());
    Result<std::size_t> got = (*opened)->read_at((*batch)->position, bytes);
    if (!got) return fail_with(std::move(got));
    Result<record::RecordIterator> records = record::RecordIterator::over(ByteView(bytes).first(*got), decompressor);
    if (!records) return fail_with(std::move(records));
    for (;;) {
      Result<const record::RecordView*> record = records->next();
      if (!record) return fail_with(std::move(record));
      if (*record == nullptr || (*record)->offset >= search.below) break;
      if ((*record)->timestamp >= search.target_ms && (*record)->offset >= search.from) {
        return std::optional(FoundRecord{(*record)->timestamp, (*record)->offset, header.leader_epoch});
      }
    }
  }
}

Result<std::int64_t> Segment::max_timestamp_in(OffsetRange range, MaxSearch how) const {
  const bool inside = range.from <= base_offset_ && range.below >= end_offset();
  if (inside && how == MaxSearch::quick) return max_timestamp();
  Result<Mark> start = locate(range.from);
  if (!start) return fail_with(std::move(start));
  const Result<std::shared_ptr<fs::File>> opened = file();
  if (!opened) return fail(opened.error().code, opened.error().text);
  BatchScanner scanner(**opened, start->position, end().position);
  std::int64_t highest = -1;
  for (;;) {
    Result<std::optional<ScannedBatch>> batch = scanner.next();
    if (!batch) return fail_with(std::move(batch));
    if (!*batch || (*batch)->header.base_offset >= range.below) return highest;
    if ((*batch)->header.record_count > 0) highest = std::max(highest, (*batch)->header.max_timestamp);
  }
}

}  // namespace streamline::storage
