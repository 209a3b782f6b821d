// Appends: offsets, patching, rolling, limits, failures.
#include "storage/segment_header.h"
#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

LogOptions small_segments() { return {.segment_bytes = 1000, .index_interval_bytes = 200, .durability = Durability::interval}; }

ON_EACH_FILE_SYSTEM("offsets follow one another, and batches are patched in place") {
  Bench<TestType> bench;
  REQUIRE(bench.log->set_leader_epoch(LeaderEpoch(7)));
  std::vector<std::byte> first = make_batch({.count = 3});
  std::vector<std::byte> second = make_batch({.count = 2});
  AppendItem a{.batch = first};
  AppendItem b{.batch = second};
  AppendItem* const items[] = {&a, &b};
  const AppendSummary summary = bench.log->append(items, kNow);
  CHECK(summary.first == Offset(0));
  CHECK(summary.end == Offset(5));
  CHECK(summary.batches == 2);
  CHECK(summary.bytes == first.size() + second.size());
  CHECK(a.base_offset == Offset(0));
  CHECK(b.base_offset == Offset(3));
  CHECK(b.append_time_ms == kNow.ms);
  const record::BatchHeader header = record::read_batch_header(second).value();
  CHECK(header.base_offset == Offset(3));
  CHECK(header.leader_epoch == LeaderEpoch(7));
  CHECK(record::check_crc(second));
  CHECK(bench.log->high_watermark() == Offset(5));
  CHECK(read_all(*bench.log, Offset(0)) == std::vector<std::int64_t>{0, 3});
}

ON_EACH_FILE_SYSTEM("what lies on disk is what was appended, byte for byte") {
  Bench<TestType> bench;
  std::vector<std::byte> batch = make_batch({.count = 2, .codec = record::Codec::lz4});
  AppendItem item{.batch = batch};
  AppendItem* const items[] = {&item};
  static_cast<void>(bench.log->append(items, kNow));
  ReadCursor cursor;
  CHECK(bytes_of(*bench.log->read(Offset(0), Offset(2), 1U << 20U, MinOneBatch::yes, cursor)) == batch);
}

ON_EACH_FILE_SYSTEM("a partition has no files before its first append") {
  Bench<TestType> bench;
  CHECK_FALSE(bench.place.fs.exists(bench.partition_path("")));
  CHECK(bench.log->segment_count() == 0);
  CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(0));
  CHECK(bench.files() == std::vector<std::string>{"00000000000000000000.segment"});
  REQUIRE(bench.store->checkpoint(kNow));
  CHECK(bench.files() == std::vector<std::string>{"00000000000000000000.segment", "epochs"});
}

ON_EACH_FILE_SYSTEM("a segment rolls before it would outgrow its size, in the middle of an append too") {
  Bench<TestType> bench(small_segments());
  std::vector<std::vector<std::byte>> batches(8, make_batch_of(300));
  std::vector<AppendItem> items;
  std::vector<AppendItem*> pointers;
  for (std::vector<std::byte>& batch : batches) items.push_back({.batch = batch});
  for (AppendItem& item : items) pointers.push_back(&item);
  CHECK(bench.log->append(pointers, kNow).end == Offset(8));
  CHECK(bench.log->segment_count() == 3);
  CHECK(bench.place.fs.exists(bench.partition_path("00000000000000000003.segment")));
  CHECK(bench.place.fs.exists(bench.partition_path("00000000000000000006.segment")));
  CHECK(read_all(*bench.log, Offset(0)) == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7});
}

ON_EACH_FILE_SYSTEM("a sealed segment says so in its header") {
  Bench<TestType> bench(small_segments());
  for (int i = 0; i < 5; ++i) append_batch(*bench.log, make_batch_of(300, 2000 + i));
  REQUIRE(bench.store->checkpoint(kNow));
  std::array<std::byte, kSegmentHeaderBytes> bytes{};
  REQUIRE(bench.open_file("00000000000000000000.segment")->read_at(0, bytes).value() == bytes.size());
  const SegmentHeader header = decode_segment_header(bytes).value();
  CHECK(header.is_sealed());
  CHECK(header.max_offset == Offset(2));
  CHECK(header.record_count == 3);
  CHECK(header.max_timestamp == 2002);
  REQUIRE(bench.open_file("00000000000000000003.segment")->read_at(0, bytes).value() == bytes.size());
  CHECK_FALSE(decode_segment_header(bytes).value().is_sealed());
}

ON_EACH_FILE_SYSTEM("a segment rolls by age, with an append and without") {
  LogOptions options = small_segments();
  options.segment_ms = 100;
  Bench<TestType> bench(options);
  REQUIRE(bench.log->roll_if_due(WallTime{1'000'000'000}));
  append_one(*bench.log, BatchSpec{}, WallTime{1000});
  REQUIRE(bench.log->roll_if_due(WallTime{1099}));
  CHECK(bench.log->segment_count() == 1);
  append_one(*bench.log, BatchSpec{}, WallTime{1100});
  CHECK(bench.log->segment_count() == 2);
  REQUIRE(bench.log->roll_if_due(WallTime{1200}));
  CHECK(bench.log->segment_count() == 3);
  REQUIRE(bench.log->roll_if_due(WallTime{9999}));
  CHECK(bench.log->segment_count() == 3);
  CHECK(append_one(*bench.log, BatchSpec{}, WallTime{9999}).base_offset == Offset(2));
  CHECK(bench.log->segment_count() == 3);
}

ON_EACH_FILE_SYSTEM("rule 35: batches that are too large are refused alone") {
  LogOptions options = small_segments();
  options.max_batch_bytes = 2000;
  Bench<TestType> bench(options);
  CHECK(append_batch(*bench.log, make_batch_of(1500)).error == Errc::record_list_too_large);
  CHECK(append_batch(*bench.log, make_batch_of(2500)).error == Errc::too_large);
  CHECK(append_batch(*bench.log, make_batch_of(900)).base_offset == Offset(0));
}

TEST_CASE("a failed write publishes nothing, and the log goes on", "[storage]") {
  Bench<MemoryPlace> bench;
  append_one(*bench.log, BatchSpec{});
  for (const std::uint64_t left : {0U, 30U, 100U, 1000U}) {
    bench.place.fs.fail_next({.operation = fs::Operation::write, .path_part = ".segment", .bytes_written = left});
    const AppendItem item = append_one(*bench.log, BatchSpec{.count = 5});
    CHECK(item.error == Errc::io);
    CHECK(item.base_offset == kNoOffset);
    CHECK(bench.log->log_end() == Offset(1));
    CHECK(bench.log->high_watermark() == Offset(1));
  }
  CHECK(append_one(*bench.log, BatchSpec{.count = 2}).base_offset == Offset(1));
  CHECK(read_all(*bench.log, Offset(0)) == std::vector<std::int64_t>{0, 1});
  bench.reopen_killed();
  CHECK(read_all(*bench.log, Offset(0)) == std::vector<std::int64_t>{0, 1});
}

TEST_CASE("when the tail of a failed write cannot be cut, the log refuses writes until it is reopened", "[storage]") {
  Bench<MemoryPlace> bench;
  append_one(*bench.log, BatchSpec{});
  bench.place.fs.fail_next({.operation = fs::Operation::write, .path_part = ".segment", .bytes_written = 40});
  bench.place.fs.fail_next({.operation = fs::Operation::truncate, .path_part = ".segment"});
  CHECK(append_one(*bench.log, BatchSpec{}).error == Errc::io);
  CHECK(append_one(*bench.log, BatchSpec{}).error == Errc::io);
  bench.reopen_killed();
  CHECK(bench.log->recovery().torn_bytes == 40);
  CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(1));
}

TEST_CASE("a full disk refuses appends while reads go on, and room brings them back", "[storage]") {
  Bench<MemoryPlace> bench(small_segments());
  append_batch(*bench.log, make_batch_of(300));
  bench.place.fs.set_free_bytes(100);
  for (int i = 0; i < 5; ++i) CHECK(append_batch(*bench.log, make_batch_of(900)).error == Errc::no_space);
  CHECK(read_all(*bench.log, Offset(0)) == std::vector<std::int64_t>{0});
  bench.place.fs.set_free_bytes(1'000'000);
  CHECK(append_batch(*bench.log, make_batch_of(900)).base_offset == Offset(1));
  CHECK(read_all(*bench.log, Offset(0)) == std::vector<std::int64_t>{0, 1});
}

TEST_CASE("every step of a roll may fail; the append is refused and the next one succeeds", "[storage]") {
  for (const fs::Operation operation : {fs::Operation::open, fs::Operation::write, fs::Operation::sync, fs::Operation::sync_directory}) {
    for (int skip = 0; skip < 3; ++skip) {
      Bench<MemoryPlace> bench(small_segments());
      append_batch(*bench.log, make_batch_of(900));
      bench.place.fs.fail_next({.operation = operation, .path_part = "partition-0", .code = Errc::no_space, .count = 1, .skip = skip});
      const AppendItem item = append_batch(*bench.log, make_batch_of(900));
      if (item.error) {
        CHECK(item.error == Errc::no_space);
        CHECK(bench.log->log_end() == Offset(1));
      }
      bench.place.fs.clear_faults();
      append_batch(*bench.log, make_batch_of(900));
      const std::vector<std::int64_t> whole = item.error ? std::vector<std::int64_t>{0, 1} : std::vector<std::int64_t>{0, 1, 2};
      CHECK(read_all(*bench.log, Offset(0)) == whole);
      bench.reopen_killed();
      CHECK(read_all(*bench.log, Offset(0)) == whole);
    }
  }
}

TEST_CASE("in one append, what was written before a failing roll stays", "[storage]") {
  Bench<MemoryPlace> bench(small_segments());
  std::vector<std::byte> first = make_batch_of(700);
  std::vector<std::byte> second = make_batch_of(700);
  AppendItem a{.batch = first};
  AppendItem b{.batch = second};
  AppendItem* const items[] = {&a, &b};
  append_batch(*bench.log, make_batch_of(100));
  bench.place.fs.fail_next({.operation = fs::Operation::open, .path_part = "00002.segment"});
  CHECK(bench.log->append(items, kNow).end == Offset(2));
  CHECK(a.base_offset == Offset(1));
  CHECK(b.error == Errc::io);
}

ON_EACH_FILE_SYSTEM("a retired log refuses appends and still reads") {
  Bench<TestType> bench;
  append_one(*bench.log, BatchSpec{});
  bench.log->retire();
  CHECK(append_one(*bench.log, BatchSpec{}).error == Errc::closed);
  CHECK(read_all(*bench.log, Offset(0)) == std::vector<std::int64_t>{0});
}

TEST_CASE("a log whose topic directory is gone does not bring it back", "[storage]") {
  Bench<MemoryPlace> bench;
  REQUIRE(bench.place.fs.remove(bench.store->layout().topic("topic")));
  CHECK(append_one(*bench.log, BatchSpec{}).error == Errc::closed);
  CHECK_FALSE(bench.place.fs.exists(bench.store->layout().topic("topic")));
}

}  // namespace
}  // namespace streamline::storage::test
