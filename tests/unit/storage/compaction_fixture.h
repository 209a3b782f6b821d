// What the compaction tests share: keyed records, a log with small segments that is compacted by hand, and a reader of single records.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/compaction/cleaner.h"
#include "storage/compaction/dirty_range.h"
#include "unit/storage/fixture.h"

namespace streamline::storage::test {

using Text = std::optional<std::string>;

struct KeyedRecord {
  Text key;
  Text value;
  std::int64_t timestamp = 1000;
};

inline std::optional<ByteView> view_of(const Text& text) {
  if (!text) return std::nullopt;
  return as_bytes(*text);
}

inline std::vector<std::byte> keyed_batch(const std::vector<KeyedRecord>& records, const record::BatchOptions& options = {}) {
  record::BatchBuilder builder(options);
  for (const KeyedRecord& one : records) {
    record::NewRecord record;
    record.timestamp = one.timestamp;
    record.key = view_of(one.key);
    record.value = view_of(one.value);
    builder.add(record);
  }
  Result<std::vector<std::byte>> batch = builder.finish();
  REQUIRE(batch);
  return std::move(*batch);
}

struct FoundKeyed {
  std::int64_t offset = -1;
  Text key;
  Text value;
  std::int64_t timestamp = -1;
  friend bool operator==(const FoundKeyed&, const FoundKeyed&) = default;
};

inline Text text_of(std::optional<ByteView> bytes) {
  if (!bytes) return std::nullopt;
  return std::string(as_text(*bytes));
}

struct LogContents {
  std::vector<record::BatchHeader> batches;
  std::vector<FoundKeyed> records;
};

/// Everything visible from the log start on, each batch with a right CRC and behind the one before it.
inline LogContents contents_of(const Log& log, std::size_t step = 1U << 20U) {
  LogContents contents;
  ReadCursor cursor;
  record::Decompressor decompressor;
  Offset last(-1);
  for (Offset from = log.log_start(); from < log.high_watermark();) {
    Result<ReadPlan> plan = log.read(from, log.high_watermark(), step, MinOneBatch::yes, cursor);
    REQUIRE(plan);
    if (plan->empty()) break;
    const std::vector<std::byte> bytes = bytes_of(*plan);
    record::BatchWalker walker(bytes);
    for (;;) {
      Result<std::optional<record::BatchView>> batch = walker.next();
      REQUIRE(batch);
      if (!*batch) break;
      REQUIRE(record::check_crc((*batch)->bytes));
      REQUIRE((*batch)->header.base_offset > last);
      last = (*batch)->header.last_offset();
      contents.batches.push_back((*batch)->header);
      if ((*batch)->header.is_control()) continue;
      Result<record::RecordIterator> records = record::RecordIterator::over((*batch)->bytes, decompressor);
      REQUIRE(records);
      for (;;) {
        Result<const record::RecordView*> record = records->next();
        REQUIRE(record);
        if (*record == nullptr) break;
        contents.records.push_back({(*record)->offset.value, text_of((*record)->key), text_of((*record)->value), (*record)->timestamp});
      }
    }
    REQUIRE(walker.rest().empty());
    from = plan->next_offset();
  }
  return contents;
}

inline std::vector<std::int64_t> offsets_of(const LogContents& contents) {
  std::vector<std::int64_t> offsets;
  for (const FoundKeyed& record : contents.records) offsets.push_back(record.offset);
  return offsets;
}

/// Goes on as fast as it can; stops after so many steps.
struct StepPace final : Pace {
  std::uint64_t steps = UINT64_MAX;
  bool proceed(std::uint64_t) override { return steps-- > 0; }
};

inline constexpr std::int64_t kSegmentMs = 10'000;
inline LogOptions compacted_log() {
  return {.segment_bytes = 1U << 20U,
          .segment_ms = kSegmentMs,
          .index_interval_bytes = 100,
          .preallocate_bytes = 0,
          .durability = Durability::interval};
}

template <class Place = MemoryPlace>
struct CompactionBench : Bench<Place> {
  CompactionOptions compaction{
      .min_cleanable_dirty_ratio = 0, .delete_retention_ms = 1000, .segment_bytes = 1U << 20U, .index_interval_bytes = 100};
  MapLimits limits;
  StepPace pace;
  WallTime now = kNow;

  explicit CompactionBench(LogOptions with = compacted_log()) : Bench<Place>(with) {}

  Offset put_batch(const std::vector<KeyedRecord>& records, const record::BatchOptions& with = {}) {
    const AppendItem item = append_batch(*this->log, keyed_batch(records, with), now);
    REQUIRE_FALSE(item.error);
    return item.base_offset;
  }
  Offset put(const std::string& key, const Text& value, std::int64_t timestamp = 1000) { return put_batch({{key, value, timestamp}}); }
  /// The next append goes to a new segment; everything before it is synced.
  void roll() {
    now.ms += kSegmentMs;
    REQUIRE(this->log->roll_if_due(now));
    sync(*this->log);
  }
  Result<std::optional<DirtyRange>> dirty() { return find_dirty_range(this->place.fs, *this->log, compaction, now); }
  Result<RoundReport> try_round() {
    Result<std::optional<DirtyRange>> range = dirty();
    REQUIRE(range);
    REQUIRE(*range);
    REQUIRE(this->store->secure_producers(*this->log, (*range)->end, now));
    return Cleaner(this->place.fs, limits, pace).clean(*this->log, compaction, **range, now);
  }
  RoundReport round() {
    Result<RoundReport> report = try_round();
    if (!report) FAIL(report.error().text);
    return *report;
  }
};

}  // namespace streamline::storage::test
