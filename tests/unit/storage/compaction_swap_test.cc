// What a kill or a power cut leaves at every step of a round, and what a step that fails leaves.
#include "storage/compaction/cleaner_point.h"
#include "storage/compaction/swap.h"
#include "unit/storage/compaction_fixture.h"
#include "unit/storage/probed_file_system.h"

namespace streamline::storage::test {
namespace {

constexpr int kKeys = 7;

/// Eight segments of 40 records, then the active one.
template <class Place>
void fill(CompactionBench<Place>& bench) {
  for (int i = 0; i < 40; ++i) {
    bench.put("key-" + std::to_string(i % kKeys), "value-" + std::to_string(i), 1000 + i);
    if (i % 5 == 4) bench.roll();
  }
  bench.put("active", "1", 2000);
  sync(*bench.log);
  bench.compaction.segment_bytes = 600;
}

/// As fill(), with something to remove in each segment, so that several new ones are made.
void fill_evenly(CompactionBench<ProbedPlace>& bench) {
  for (int i = 0; i < 40; ++i) {
    bench.put(i % 5 == 0 ? "hot" : "key-" + std::to_string(i % 17), "value-" + std::to_string(i), 1000 + i);
    if (i % 5 == 4) bench.roll();
  }
  bench.put("active", "1", 2000);
  sync(*bench.log);
  bench.compaction.segment_bytes = 600;
}

/// Each record is one that was written, each key's newest is there, none is there twice.
std::string check(const Log& log, const std::vector<FoundKeyed>& before) {
  std::map<std::int64_t, FoundKeyed> written;
  std::map<Text, std::int64_t> newest;
  for (const FoundKeyed& record : before) {
    written[record.offset] = record;
    newest[record.key] = record.offset;
  }
  if (log.log_end().value != before.back().offset + 1) return "the end moved to " + std::to_string(log.log_end().value);
  if (log.log_start() != Offset(0)) return "the start moved";
  for (const FoundKeyed& record : contents_of(log, 300).records) {
    if (written[record.offset] != record) return "a record that was never written at " + std::to_string(record.offset);
    if (newest[record.key] == record.offset) newest.erase(record.key);
  }
  return newest.empty() ? "" : "lost " + *newest.begin()->first;
}

template <class Fs>
std::string check_after(CompactionBench<ProbedPlace>& bench, Fs& left, const std::string& boot, const std::vector<FoundKeyed>& before) {
  CompactionBench<MemoryPlace> other;
  other.drop();
  other.boot = boot;
  other.open(left, bench.now);
  const std::string wrong = check(*other.log, before);
  const Result<std::vector<std::string>> names = left.list(other.store->layout().partition("topic", 0));
  for (const std::string& name : *names) {
    if (name.ends_with(".cleaned") || name.ends_with(".swap")) return "left over: " + name;
  }
  const Offset end = other.log->log_end();
  const AppendItem later = append_batch(*other.log, keyed_batch({{"later", "1"}}), bench.now);
  other.drop();
  if (later.error || later.base_offset != end) return "cannot append: " + std::string(later.error ? to_string(*later.error) : "offset");
  return wrong;
}

TEST_CASE("at every step of a round a crash leaves all of the old segments or all of the new one", "[compaction]") {
  CompactionBench<ProbedPlace> bench;
  fill_evenly(bench);
  const std::vector<FoundKeyed> before = contents_of(*bench.log).records;
  std::vector<std::unique_ptr<fs::MemoryFileSystem>> killed;
  std::vector<std::unique_ptr<fs::MemoryFileSystem>> cut;
  bench.place.fs.set_probe([&] {
    killed.push_back(bench.place.fs.inner().kill_clone());
    for (std::uint64_t seed = 0; seed < 8; ++seed) cut.push_back(bench.place.fs.inner().crash_clone(seed * 1000 + cut.size()));
  });
  const RoundReport report = bench.round();
  bench.place.fs.set_probe({});
  CHECK(report.segments_after < report.segments_before);
  CHECK(report.segments_after > 1);
  CHECK(check(*bench.log, before) == "");
  REQUIRE(killed.size() > 40);
  for (std::size_t i = 0; i < killed.size(); ++i) {
    INFO("killed before change " << i);
    REQUIRE(check_after(bench, *killed[i], bench.boot, before) == "");
  }
  for (std::size_t i = 0; i < cut.size(); ++i) {
    INFO("power cut " << i);
    REQUIRE(check_after(bench, *cut[i], bench.boot + "+", before) == "");
  }
}

TEST_CASE("a crash while a start finishes a swap is finished by the next start", "[compaction]") {
  CompactionBench<ProbedPlace> bench;
  fill_evenly(bench);
  const std::vector<FoundKeyed> before = contents_of(*bench.log).records;
  // The swap is committed and nothing after it happens.
  bench.place.fs.inner().fail_next({.operation = fs::Operation::remove, .path_part = "5.segment", .count = 50});
  REQUIRE_FALSE(bench.try_round());
  REQUIRE(std::ranges::any_of(bench.files(), [](const std::string& name) { return name.ends_with(".swap"); }));
  REQUIRE(check(*bench.log, before) == "");
  bench.place.fs.inner().clear_faults();
  bench.drop();
  std::vector<std::unique_ptr<fs::MemoryFileSystem>> cut;
  bench.place.fs.set_probe([&] {
    for (std::uint64_t seed = 0; seed < 8; ++seed) cut.push_back(bench.place.fs.inner().crash_clone(seed * 1000 + cut.size()));
  });
  bench.boot += "+";
  bench.open(bench.place.fs);
  bench.place.fs.set_probe({});
  REQUIRE(check(*bench.log, before) == "");
  for (std::size_t i = 0; i < cut.size(); ++i) {
    INFO("power cut " << i);
    REQUIRE(check_after(bench, *cut[i], bench.boot + "+", before) == "");
  }
}

TEST_CASE("any call that fails in a round loses nothing, and the next round goes on", "[compaction]") {
  using enum fs::Operation;
  int failed = 0;
  for (const fs::Operation operation : {open, write, sync, truncate, rename, remove, sync_directory}) {
    for (int skip = 0; skip < 12; ++skip) {
      CompactionBench<ProbedPlace> bench;
      fill_evenly(bench);
      const std::vector<FoundKeyed> before = contents_of(*bench.log).records;
      const Result<std::optional<DirtyRange>> range = bench.dirty();
      REQUIRE(range);
      bench.place.fs.inner().fail_next(
          {.operation = operation, .path_part = "partition-0", .code = Errc::no_space, .count = 1 + skip % 3, .skip = skip});
      const Result<RoundReport> report = Cleaner(bench.place.fs, {}, bench.pace).clean(*bench.log, bench.compaction, **range, bench.now);
      if (!report) ++failed;
      INFO("operation " << static_cast<int>(operation) << " skip " << skip);
      REQUIRE(check(*bench.log, before) == "");
      const std::unique_ptr<fs::MemoryFileSystem> cut = bench.place.fs.inner().crash_clone(static_cast<std::uint64_t>(skip));
      REQUIRE(check_after(bench, *cut, bench.boot + "+", before) == "");
      bench.place.fs.inner().clear_faults();
      bench.put("later", "1", 3000);
      const std::vector<FoundKeyed> after = [&] {
        std::vector<FoundKeyed> all = before;
        all.push_back({bench.log->log_end().value - 1, "later", "1", 3000});
        return all;
      }();
      bench.roll();
      const Result<RoundReport> again = bench.try_round();
      // A swap that could not be undone bars compaction, and only that, until the next start.
      CHECK((again.has_value() || again.error().code == Errc::io));
      REQUIRE(check(*bench.log, after) == "");
      const std::unique_ptr<fs::MemoryFileSystem> killed = bench.place.fs.inner().kill_clone();
      REQUIRE(check_after(bench, *killed, bench.boot, after) == "");
    }
  }
  CHECK(failed > 20);
}

TEST_CASE("a reader in the middle of old segments goes on in the new one without a gap or a repetition", "[compaction]") {
  CompactionBench bench;
  fill(bench);
  ReadCursor cursor;
  Result<ReadPlan> first = bench.log->read(Offset(0), bench.log->high_watermark(), 100, MinOneBatch::yes, cursor);
  REQUIRE(first);
  const std::vector<std::byte> bytes_before = bytes_of(*first);
  const std::shared_ptr<const Segment> held = cursor.segment.lock();
  bench.compaction.segment_bytes = 1U << 20U;
  bench.round();
  CHECK(bytes_of(*first) == bytes_before);
  // The cursor's segment is gone from the list, and alive: the read ends there and goes on in what took its place.
  Result<ReadPlan> rest = bench.log->read(first->next_offset(), bench.log->high_watermark(), 1U << 20U, MinOneBatch::yes, cursor);
  REQUIRE(rest);
  std::vector<std::int64_t> offsets = base_offsets(batches_of(*first));
  for (const std::int64_t offset : base_offsets(batches_of(*rest))) offsets.push_back(offset);
  CHECK(std::ranges::is_sorted(offsets));
  CHECK(std::ranges::adjacent_find(offsets) == offsets.end());
  CHECK(rest->next_offset() == bench.log->high_watermark());
  for (std::int64_t offset = 34; offset <= 40; ++offset) CHECK(std::ranges::find(offsets, offset) != offsets.end());
}

TEST_CASE("a fetch at an offset that is gone answers the next batch", "[compaction]") {
  CompactionBench bench;
  fill(bench);
  bench.round();
  for (std::int64_t from = 0; from <= 33; ++from) {
    ReadCursor cursor;
    Result<ReadPlan> plan = bench.log->read(Offset(from), bench.log->high_watermark(), 1, MinOneBatch::yes, cursor);
    REQUIRE(plan);
    CHECK(base_offsets(batches_of(*plan)) == std::vector<std::int64_t>{33});
  }
}

TEST_CASE("look-ups by time find what is left", "[compaction]") {
  CompactionBench bench;
  fill(bench);
  bench.round();
  for (const std::int64_t time : {0, 1000, 1020, 1033}) {
    const Result<std::optional<TimestampOffset>> found = bench.log->offset_for_time(time);
    REQUIRE(found);
    REQUIRE(*found);
    CHECK((*found)->offset == Offset(33));
  }
  CHECK(bench.log->offset_for_time(1038).value()->offset == Offset(38));
  CHECK(bench.log->max_timestamp_offset().value().offset == Offset(40));
}

TEST_CASE("a bare header is not the newest record", "[compaction]") {
  CompactionBench bench;
  bench.put("a", "1", 5000);
  record::BatchOptions options;
  options.producer_id = ProducerId(1);
  options.producer_epoch = 0;
  options.base_sequence = 0;
  bench.put_batch({{"a", "2", 9000}}, options);
  bench.put("a", "3", 6000);
  bench.roll();
  bench.round();
  CHECK(bench.log->max_timestamp_offset().value() == TimestampOffset{6000, Offset(2), LeaderEpoch(0)});
}

TEST_CASE("a start that trusts nothing reads compacted segments in full", "[compaction]") {
  CompactionBench bench;
  fill(bench);
  const std::vector<FoundKeyed> before = contents_of(*bench.log).records;
  bench.round();
  const std::vector<FoundKeyed> after = contents_of(*bench.log).records;
  REQUIRE(bench.place.fs.remove(bench.store->layout().manifest()));
  for (const std::string& name : bench.files()) {
    if (name.ends_with(".index")) REQUIRE(bench.place.fs.remove(bench.partition_path(name)));
  }
  bench.reopen_other_boot();
  CHECK(bench.log->recovery().damaged_bytes == 0);
  CHECK_FALSE(bench.log->recovery().epoch_raised);
  CHECK(contents_of(*bench.log).records == after);
  CHECK(check(*bench.log, before) == "");
}

TEST_CASE("the cleaner point survives, and a lost or damaged one means cleaning again", "[compaction]") {
  CompactionBench bench;
  fill(bench);
  bench.round();
  CHECK(load_cleaner_point(bench.place.fs, bench.log->identity().directory).value() == Offset(40));
  Result<std::optional<DirtyRange>> range = bench.dirty();
  REQUIRE(range);
  CHECK_FALSE(*range);
  REQUIRE(bench.open_file("cleaner-point")->write_at(9, as_bytes("x")));
  range = bench.dirty();
  REQUIRE(range);
  REQUIRE(*range);
  CHECK((*range)->first == Offset(0));
  bench.round();
  CHECK(contents_of(*bench.log).records.size() == kKeys + 1);
}

TEST_CASE("names of swap files are read back, and nothing else is taken for one", "[compaction]") {
  const Swap swap{Offset(12), Offset(345)};
  CHECK(swap_file_name(swap) == "00000000000000000012-00000000000000000345.swap");
  CHECK(parse_swap_file_name(swap_file_name(swap)) == swap);
  for (const char* other : {"00000000000000000012.segment", "00000000000000000012-00000000000000000012.swap", ".swap", "",
                            "0000000000000000001x-00000000000000000345.swap", "00000000000000000012_00000000000000000345.swap"}) {
    CHECK_FALSE(parse_swap_file_name(other));
  }
}

}  // namespace
}  // namespace streamline::storage::test
