// What a round of compaction keeps and removes.
#include <functional>

#include "storage/compaction/offset_map.h"
#include "storage/segment_header.h"
#include "unit/storage/compaction_fixture.h"

namespace streamline::storage::test {
namespace {

using Records = std::vector<FoundKeyed>;

TEST_CASE("the newest record of each key stays at its offset with its time", "[compaction]") {
  CompactionBench bench;
  bench.put("a", "1", 5000);
  bench.put("b", "1", 6000);
  bench.put("a", "2", 7000);
  bench.roll();
  bench.put("a", "3", 8000);
  const RoundReport report = bench.round();
  CHECK(contents_of(*bench.log).records == Records{{1, "b", "1", 6000}, {2, "a", "2", 7000}, {3, "a", "3", 8000}});
  CHECK(report.cleaned_to == Offset(3));
  CHECK(report.records_removed == 1);
}

TEST_CASE("records of one batch are judged one by one, and a batch that keeps all is not touched", "[compaction]") {
  CompactionBench bench;
  bench.put_batch({{"a", "1", 5000}, {"b", "1", 4000}, {"c", "1", 9000}});
  bench.put_batch({{"d", "1"}, {"e", "1"}});
  const std::vector<std::byte> untouched = keyed_batch({{"d", "1"}, {"e", "1"}});
  bench.put("c", "2", 3000);
  bench.roll();
  bench.round();
  const LogContents contents = contents_of(*bench.log);
  CHECK(contents.records ==
        Records{{0, "a", "1", 5000}, {1, "b", "1", 4000}, {3, "d", "1", 1000}, {4, "e", "1", 1000}, {5, "c", "2", 3000}});
  REQUIRE(contents.batches.size() == 3);
  CHECK(contents.batches[0].last_offset_delta == 2);
  CHECK(contents.batches[0].record_count == 2);
  CHECK(contents.batches[0].max_timestamp == 5000);
  CHECK(contents.batches[1].crc == record::read_batch_header(untouched)->crc);
}

TEST_CASE("what is dirty and what was cleaned before are judged together", "[compaction]") {
  CompactionBench bench;
  for (const char* key : {"a", "b", "c"}) bench.put(key, "1");
  bench.roll();
  bench.round();
  CHECK(offsets_of(contents_of(*bench.log)) == std::vector<std::int64_t>{0, 1, 2});
  bench.put("b", "2");
  bench.roll();
  bench.round();
  CHECK(offsets_of(contents_of(*bench.log)) == std::vector<std::int64_t>{0, 2, 3});
}

TEST_CASE("a tombstone stays until its horizon, which the first round sets, then it goes", "[compaction]") {
  CompactionBench bench;
  bench.compaction.delete_retention_ms = 5 * kSegmentMs;
  bench.put("a", "1");
  bench.put("a", std::nullopt, 7777);
  bench.roll();
  bench.round();
  LogContents contents = contents_of(*bench.log);
  REQUIRE(contents.records == Records{{1, "a", std::nullopt, 7777}});
  CHECK(contents.batches[0].has_delete_horizon());
  CHECK(contents.batches[0].base_timestamp == bench.now.ms + bench.compaction.delete_retention_ms);
  CHECK(contents.batches[0].max_timestamp == 7777);
  const WallTime horizon{contents.batches[0].base_timestamp};

  bench.put("b", "1");
  bench.roll();
  bench.now.ms = horizon.ms - 1;
  bench.round();
  contents = contents_of(*bench.log);
  REQUIRE(contents.records.size() == 2);
  CHECK(contents.batches[0].base_timestamp == horizon.ms);

  bench.put("c", "1");
  bench.roll();
  bench.now = horizon;
  bench.round();
  CHECK(offsets_of(contents_of(*bench.log)) == std::vector<std::int64_t>{2, 3});
}

TEST_CASE("a value after a tombstone supersedes it at once", "[compaction]") {
  CompactionBench bench;
  bench.put("a", "1");
  bench.put("a", std::nullopt);
  bench.put("a", "2");
  bench.roll();
  bench.round();
  CHECK(offsets_of(contents_of(*bench.log)) == std::vector<std::int64_t>{2});
}

TEST_CASE("records without a key leave, an empty key is a key", "[compaction]") {
  CompactionBench bench;
  bench.put_batch({{std::nullopt, "lost"}, {"", "1"}, {"a", "1"}});
  bench.put("", "2");
  bench.roll();
  bench.round();
  CHECK(offsets_of(contents_of(*bench.log)) == std::vector<std::int64_t>{2, 3});
}

TEST_CASE("compressed batches are written in their own codec", "[compaction]") {
  for (const record::Codec codec : {record::Codec::gzip, record::Codec::snappy, record::Codec::lz4, record::Codec::zstd}) {
    CompactionBench bench;
    record::BatchOptions options;
    options.codec = codec;
    bench.put_batch({{"a", "1", 5}, {"b", std::string(1000, 'x'), 6}, {"t", std::nullopt, 7}}, options);
    bench.put_batch({{"a", "2", 8}}, options);
    bench.roll();
    bench.round();
    const LogContents contents = contents_of(*bench.log);
    CHECK(contents.records == Records{{1, "b", std::string(1000, 'x'), 6}, {2, "t", std::nullopt, 7}, {3, "a", "2", 8}});
    CHECK(contents.batches[0].codec() == codec);
    CHECK(contents.batches[0].has_delete_horizon());
  }
}

TEST_CASE("a log append time outlives the horizon that takes its place in the header", "[compaction]") {
  CompactionBench bench;
  record::BatchOptions options;
  options.timestamp_type = record::TimestampType::log_append_time;
  bench.put_batch({{"a", std::nullopt, 4242}, {"b", "1", 4242}}, options);
  bench.roll();
  bench.round();
  CHECK(contents_of(*bench.log).records == Records{{0, "a", std::nullopt, 4242}, {1, "b", "1", 4242}});
}

TEST_CASE("the last batch of each producer stays as a bare header, and retries are known after it is all that tells", "[compaction]") {
  CompactionBench bench;
  record::BatchOptions options;
  options.producer_id = ProducerId(7);
  options.producer_epoch = 3;
  options.base_sequence = 0;
  bench.put_batch({{"a", "1"}, {"b", "1"}}, options);
  options.base_sequence = 2;
  bench.put_batch({{"a", "2"}, {"b", "2"}, {"c", "2"}}, options);
  const std::vector<std::byte> retry = keyed_batch({{"a", "2"}, {"b", "2"}, {"c", "2"}}, options);
  bench.put_batch({{"a", "3"}, {"b", "3"}, {"c", "3"}, {"d", "3"}});
  bench.roll();
  bench.round();
  const LogContents contents = contents_of(*bench.log);
  CHECK(offsets_of(contents) == std::vector<std::int64_t>{5, 6, 7, 8});
  REQUIRE(contents.batches.size() == 2);
  const record::BatchHeader& bare = contents.batches[0];
  CHECK(bare.record_count == 0);
  CHECK(bare.base_offset == Offset(2));
  CHECK(bare.last_offset() == Offset(4));
  CHECK(bare.last_sequence() == 4);
  CHECK(bare.size_bytes() == record::kBatchHeaderBytes);
  // Everything that a snapshot could tell is gone.
  for (const std::string& name : bench.files()) {
    if (name.ends_with(".producers")) REQUIRE(bench.place.fs.remove(bench.partition_path(name)));
  }
  REQUIRE(bench.place.fs.remove(bench.store->layout().manifest()));
  bench.reopen_killed();
  const AppendItem again = append_batch(*bench.log, retry, bench.now);
  CHECK(again.duplicate);
  CHECK(again.base_offset == Offset(2));
  options.base_sequence = 5;
  CHECK_FALSE(append_batch(*bench.log, keyed_batch({{"a", "4"}}, options), bench.now).error);
}

TEST_CASE("the last batch of a round stays bare, so that readers get past what is gone", "[compaction]") {
  CompactionBench bench;
  bench.put("a", "1");
  bench.put_batch({{std::nullopt, "x"}, {std::nullopt, "y"}});
  bench.roll();
  bench.round();
  const LogContents contents = contents_of(*bench.log);
  CHECK(offsets_of(contents) == std::vector<std::int64_t>{0});
  REQUIRE(contents.batches.size() == 2);
  CHECK(contents.batches[1].next_offset() == Offset(3));
  CHECK(contents.batches[1].record_count == 0);
}

TEST_CASE("a batch that cannot be read stays, and no tombstone behind it goes", "[compaction]") {
  CompactionBench bench;
  record::BatchOptions options;
  options.codec = record::Codec::zstd;
  std::vector<std::byte> garbage = keyed_batch({{"a", "hidden"}}, options);
  for (std::size_t i = record::kBatchHeaderBytes; i < garbage.size(); ++i) garbage[i] = std::byte{0x5a};
  Result<record::BatchHeader> header = record::read_batch_header(garbage);
  header->crc = record::compute_crc(garbage);
  record::write_batch_header(garbage.data(), *header);
  REQUIRE_FALSE(append_batch(*bench.log, garbage, bench.now).error);
  bench.put("a", std::nullopt);
  bench.roll();
  CHECK(bench.round().unreadable_batches == 1);
  bench.now.ms += bench.compaction.delete_retention_ms;
  bench.put("b", "1");
  bench.roll();
  bench.round();
  Result<ReadPlan> plan = [&] {
    ReadCursor cursor;
    return bench.log->read(Offset(0), bench.log->high_watermark(), 1U << 20U, MinOneBatch::yes, cursor);
  }();
  REQUIRE(plan);
  CHECK(base_offsets(batches_of(*plan)) == std::vector<std::int64_t>{0, 1, 2});
}

TEST_CASE("the active segment is never touched", "[compaction]") {
  CompactionBench bench;
  bench.put("a", "1");
  bench.put("a", "2");
  Result<std::optional<DirtyRange>> range = bench.dirty();
  REQUIRE(range);
  CHECK_FALSE(*range);
}

TEST_CASE("nothing is compacted for the sake of what a power cut could take", "[compaction]") {
  LogOptions options = compacted_log();
  options.durability = Durability::always;
  CompactionBench bench(options);
  bench.put("a", "1");
  bench.roll();
  bench.put("a", "2");
  bench.now.ms += kSegmentMs;
  REQUIRE(bench.log->roll_if_due(bench.now));
  // A sync that fails leaves the second segment uncertain.
  bench.place.fs.fail_next({.operation = fs::Operation::sync, .path_part = "00000000000000000001.segment", .count = 1});
  CHECK_FALSE(bench.dirty());
  bench.place.fs.clear_faults();
  Result<std::optional<DirtyRange>> range = bench.dirty();
  REQUIRE(range);
  CHECK_FALSE(*range);
}

TEST_CASE("a log in mode none is synced before older records go", "[compaction]") {
  LogOptions options = compacted_log();
  options.durability = Durability::none;
  CompactionBench bench(options);
  bench.put("a", "1");
  bench.now.ms += kSegmentMs;
  REQUIRE(bench.log->roll_if_due(bench.now));
  bench.put("a", "2");
  bench.now.ms += kSegmentMs;
  REQUIRE(bench.log->roll_if_due(bench.now));
  bench.round();
  const std::unique_ptr<fs::MemoryFileSystem> after = bench.place.fs.crash_clone(1);
  bench.drop();
  bench.boot += "+";
  bench.open(*after);
  CHECK(contents_of(*bench.log).records == Records{{1, "a", "2", 1000}});
  bench.drop();
}

TEST_CASE("segments with a record younger than the least lag wait", "[compaction]") {
  CompactionBench bench;
  bench.compaction.min_compaction_lag_ms = 5000;
  const std::int64_t start = bench.now.ms;
  bench.put("a", "1", start);
  bench.roll();
  bench.put("a", "2", start + 4000);
  bench.roll();
  bench.now.ms = start + 5001;
  Result<std::optional<DirtyRange>> range = bench.dirty();
  REQUIRE(range);
  REQUIRE(*range);
  CHECK((*range)->end == Offset(1));
  bench.now.ms = start + 9001;
  range = bench.dirty();
  REQUIRE(range);
  CHECK((*range)->end == Offset(2));
}

TEST_CASE("a log is due by its dirty part, or by its oldest dirty record", "[compaction]") {
  CompactionBench bench;
  bench.put("a", std::string(1000, 'x'), 5000);
  bench.roll();
  bench.round();
  bench.put("b", std::string(500, 'x'), 6000);
  bench.roll();
  Result<std::optional<DirtyRange>> range = bench.dirty();
  REQUIRE(range);
  REQUIRE(*range);
  CHECK((*range)->first == Offset(1));
  CHECK((*range)->ratio() > 0.3);
  CHECK((*range)->ratio() < 0.5);
  CHECK((*range)->is_due({.min_cleanable_dirty_ratio = 0.3}));
  CHECK_FALSE((*range)->is_due({.min_cleanable_dirty_ratio = 0.5}));
  for (const std::int64_t lag : {bench.now.ms - 6000, bench.now.ms - 6001}) {
    bench.compaction.max_compaction_lag_ms = lag;
    range = bench.dirty();
    REQUIRE(range);
    CHECK((*range)->is_due({.min_cleanable_dirty_ratio = 0.5}) == (lag == bench.now.ms - 6001));
  }
}

TEST_CASE("keys that do not fit the map are compacted in further rounds", "[compaction]") {
  CompactionBench bench;
  for (int round = 0; round < 3; ++round) {
    for (int key = 0; key < 100; key += 10) {
      std::vector<KeyedRecord> records;
      for (int i = 0; i < 10; ++i) records.push_back({std::to_string(key + i), std::to_string(round)});
      bench.put_batch(records);
    }
    bench.roll();
  }
  bench.limits = {.memory_bytes = 20 * OffsetMap::kSlotBytes, .load_factor = 0.7};
  int rounds = 0;
  for (;; ++rounds) {
    Result<std::optional<DirtyRange>> range = bench.dirty();
    REQUIRE(range);
    if (!*range) break;
    const RoundReport report = bench.round();
    CHECK(report.cleaned_to > (*range)->first);
  }
  CHECK(rounds > 10);
  std::vector<std::int64_t> newest;
  for (std::int64_t i = 200; i < 300; ++i) newest.push_back(i);
  CHECK(offsets_of(contents_of(*bench.log)) == newest);
}

TEST_CASE("small segments become one, up to the size of a segment", "[compaction]") {
  CompactionBench bench;
  for (int i = 0; i < 10; ++i) {
    bench.put("key-" + std::to_string(i), std::string(1000, 'x'));
    bench.roll();
  }
  REQUIRE(bench.log->segment_count() == 11);
  bench.compaction.segment_bytes = 5000;
  const RoundReport report = bench.round();
  CHECK(report.segments_before == 10);
  CHECK(report.segments_after == 3);
  CHECK(bench.log->segment_count() == 4);
  CHECK(offsets_of(contents_of(*bench.log)).size() == 10);
  CHECK(bench.files().size() < 4 * 3 + 3);
}

TEST_CASE("a segment that would say the same is left as it is", "[compaction]") {
  CompactionBench bench;
  bench.put("a", "1");
  bench.put("b", "1");
  bench.roll();
  bench.round();
  const Result<SegmentHeader> header = [&] {
    std::vector<std::byte> bytes(kSegmentHeaderBytes);
    REQUIRE(bench.open_file("00000000000000000000.segment")->read_at(0, bytes));
    return decode_segment_header(bytes);
  }();
  REQUIRE(header);
  CHECK((header->flags & kVerbatimFlag) != 0);
}

TEST_CASE("a log whose records all go keeps its start and its end", "[compaction]") {
  CompactionBench bench;
  bench.put("a", std::nullopt);
  bench.roll();
  bench.round();
  bench.now.ms += 2 * bench.compaction.delete_retention_ms;
  bench.put("a", std::nullopt);
  bench.roll();
  bench.round();
  bench.now.ms += 2 * bench.compaction.delete_retention_ms;
  bench.put("b", "1");
  bench.roll();
  bench.round();
  for (int stop = 0; stop < 3; ++stop) {
    CHECK(offsets_of(contents_of(*bench.log)) == std::vector<std::int64_t>{2});
    CHECK(bench.log->log_start() == Offset(0));
    CHECK(bench.log->log_end() == Offset(3));
    if (stop == 0) bench.reopen_clean();
    if (stop == 1) bench.reopen_other_boot();
  }
}

TEST_CASE("a round that is told to stop changes nothing that counts", "[compaction]") {
  CompactionBench bench;
  bench.put("a", std::string(900'000, 'x'));
  bench.roll();
  bench.put("a", std::string(900'000, 'y'));
  bench.roll();
  bench.pace.steps = 0;
  const Result<RoundReport> stopped = bench.try_round();
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == Errc::timed_out);
  CHECK(offsets_of(contents_of(*bench.log)) == std::vector<std::int64_t>{0, 1});
  for (const std::string& name : bench.files()) CHECK_FALSE(name.ends_with(".cleaned"));
  bench.pace.steps = UINT64_MAX;
  bench.round();
  CHECK(offsets_of(contents_of(*bench.log)) == std::vector<std::int64_t>{1});
}

TEST_CASE("a damaged segment is not copied in part", "[compaction]") {
  CompactionBench bench;
  const Offset second = bench.put("a", std::string(300, 'x')) + 1;
  bench.put("b", std::string(300, 'x'));
  bench.roll();
  REQUIRE(second == Offset(1));
  REQUIRE(bench.open_file("00000000000000000000.segment")->write_at(600, as_bytes("damage")));
  const Result<RoundReport> report = bench.try_round();
  REQUIRE_FALSE(report);
  CHECK(report.error().code == Errc::corrupt);
}

TEST_CASE("a deleted topic's files are left alone", "[compaction]") {
  CompactionBench bench;
  bench.put("a", "1");
  bench.put("a", "2");
  bench.roll();
  const Result<std::optional<DirtyRange>> range = bench.dirty();
  REQUIRE(range);
  const std::vector<std::string> before = bench.files();
  bench.store->forget_topic(topic_id(1));
  CHECK_FALSE(Cleaner(bench.place.fs, {}, bench.pace).clean(*bench.log, bench.compaction, **range, bench.now));
  CHECK(bench.files() == before);
}

/// Does something after so many steps of a round.
struct EventfulPace final : Pace {
  std::uint64_t left = 0;
  std::function<void()> event;
  bool proceed(std::uint64_t) override {
    if (left-- == 0) event();
    return true;
  }
};

TEST_CASE("a round that outlives its topic touches no file of the topic that has its name now", "[compaction]") {
  const std::vector<std::byte> theirs(100, std::byte{7});
  int replaced = 0;
  for (std::uint64_t step = 0; step < 8; ++step) {
    CompactionBench bench;
    for (int i = 0; i < 8; ++i) {
      bench.put("key", std::string(400'000, 'x'));
      bench.roll();
    }
    bench.compaction.segment_bytes = 900'000;
    const Result<std::optional<DirtyRange>> range = bench.dirty();
    REQUIRE(range);
    const std::string names[] = {bench.partition_path("00000000000000000000.segment.cleaned"),
                                 bench.partition_path("00000000000000000000.index.cleaned")};
    EventfulPace pace;
    pace.left = step;
    pace.event = [&] {
      ++replaced;
      REQUIRE(bench.store->remove_topic("topic", topic_id(1)));
      REQUIRE(bench.place.fs.make_directories(bench.store->layout().topic("topic")));
      const auto fresh = bench.store->open_log("topic", topic_id(2), 0, bench.options, bench.now);
      REQUIRE(fresh);
      append_one(**fresh, BatchSpec{});
      for (const std::string& name : names) REQUIRE(fs::replace_file(bench.place.fs, name, theirs));
    };
    const int before = replaced;
    const Result<RoundReport> report = Cleaner(bench.place.fs, {}, pace).clean(*bench.log, bench.compaction, **range, bench.now);
    if (replaced == before) continue;  // the round had ended
    CHECK_FALSE(report);
    for (const std::string& name : names) CHECK(bench.place.fs.read_file(name).value() == theirs);
  }
  CHECK(replaced > 3);
}

TEST_CASE("batches that alone tell of a producer are not compacted before it is secured", "[compaction]") {
  CompactionBench bench;
  record::BatchOptions with;
  with.producer_id = ProducerId(3);
  with.producer_epoch = 0;
  for (int i = 0; i < 6; ++i) {
    with.base_sequence = i;
    bench.put_batch({{"key", "value"}}, with);
  }
  bench.roll();
  const Result<std::optional<DirtyRange>> range = bench.dirty();
  REQUIRE(range);
  const auto refused = Cleaner(bench.place.fs, {}, bench.pace).clean(*bench.log, bench.compaction, **range, bench.now);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::conflict);
  CHECK(bench.round().records_removed == 5);
  bench.reopen_other_boot();
  for (int i = 1; i < 6; ++i) {
    with.base_sequence = i;
    CHECK(append_batch(*bench.log, keyed_batch({{"key", "value"}}, with)).duplicate);
  }
}

}  // namespace
}  // namespace streamline::storage::test
