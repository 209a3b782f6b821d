// What leaves a log by age, size and request, in which order, and what readers see of it.
#include <set>

#include "storage/segment_header.h"
#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

constexpr std::int64_t kHour = 3'600'000;

LogOptions keeping(const RetentionOptions& keep, Durability durability = Durability::interval) {
  return {.segment_bytes = 1000, .index_interval_bytes = 200, .durability = durability, .retention = keep};
}

/// Ten segments of two one-record batches, whose records are `step_ms` apart.
template <class Place>
void fill_ten_segments(Bench<Place>& bench, std::int64_t step_ms = 1000, std::int64_t first_ms = 0) {
  for (int i = 0; i < 20; ++i) {
    REQUIRE_FALSE(append_batch(*bench.log, make_batch_of(400, first_ms + i * step_ms)).error);
  }
  REQUIRE(bench.log->segment_count() == 10);
}

/// As the broker does it: what the log wants, then the move.
template <class Place>
Offset retain(Bench<Place>& bench, WallTime now) {
  const Result<Offset> start = bench.log->retention_start(now);
  REQUIRE(start);
  const StartMove move{.topic_id = topic_id(1), .partition = 0, .start = *start};
  REQUIRE(bench.store->move_starts(std::span(&move, 1), now).front());
  return bench.log->log_start();
}

template <class Place>
std::vector<std::string> files_ending(Bench<Place>& bench, std::string_view ending) {
  std::vector<std::string> found = bench.files();
  std::erase_if(found, [&](const std::string& name) { return !name.ends_with(ending); });
  return found;
}

ON_EACH_FILE_SYSTEM("a segment goes when its newest record is older than retention.ms, not before") {
  Bench<TestType> bench(keeping({.ms = 10'000}));
  fill_ten_segments(bench);
  // The first segment holds the records of 0 s and 1 s.
  CHECK(retain(bench, {11'000}) == Offset(0));
  CHECK(retain(bench, {11'001}) == Offset(2));
  CHECK(retain(bench, {15'001}) == Offset(6));
  CHECK(bench.log->log_end() == Offset(20));
  CHECK(read_all(*bench.log, Offset(6)).front() == 6);
  CHECK(bench.log->read(Offset(5), Offset(20), 1000, MinOneBatch::yes, *std::make_unique<ReadCursor>()).error().code ==
        Errc::offset_out_of_range);
}

ON_EACH_FILE_SYSTEM("a record dated ahead keeps its segment and what follows") {
  Bench<TestType> bench(keeping({.ms = 10'000}));
  append_batch(*bench.log, make_batch_of(400, 1000));
  append_batch(*bench.log, make_batch_of(400, 5000));
  append_batch(*bench.log, make_batch_of(400, 900'000));
  append_batch(*bench.log, make_batch_of(400, 1000));
  append_batch(*bench.log, make_batch_of(400, 1000));
  CHECK(retain(bench, {100'000}) == Offset(2));
  CHECK(retain(bench, {910'000}) == Offset(2));
  CHECK(retain(bench, {910'001}) == Offset(5));
}

ON_EACH_FILE_SYSTEM("where no record has a timestamp the last write counts") {
  Bench<TestType> bench(keeping({.ms = 10'000}));
  for (int i = 0; i < 4; ++i) append_batch(*bench.log, make_batch_of(400, -1), {1'000'000 + i * 1000});
  REQUIRE(bench.log->segment_count() == 2);
  // The second segment was made at 1,002,000 and written first then.
  CHECK(retain(bench, {1'012'000}) == Offset(0));
  CHECK(retain(bench, {1'012'001}) == Offset(4));
}

ON_EACH_FILE_SYSTEM("rule 14.8: when all of the log is old, the active segment goes too and the end stays") {
  Bench<TestType> bench(keeping({.ms = 10'000, .file_delete_delay_ms = 0}));
  fill_ten_segments(bench);
  CHECK(retain(bench, {kHour}) == Offset(20));
  CHECK(bench.log->log_end() == Offset(20));
  CHECK(bench.log->segment_count() == 1);
  CHECK(retain(bench, {2 * kHour}) == Offset(20));
  CHECK(bench.log->segment_count() == 1);
  for (const bool killed : {true, false}) {
    killed ? bench.reopen_killed() : bench.reopen_clean();
    CHECK(bench.log->log_start() == Offset(20));
    CHECK(bench.log->log_end() == Offset(20));
  }
  CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(20));
  CHECK(read_all(*bench.log, Offset(20)) == std::vector<std::int64_t>{20});
}

ON_EACH_FILE_SYSTEM("the oldest segments go while the others hold retention.bytes") {
  Bench<TestType> bench(keeping({.bytes = 3000}));
  fill_ten_segments(bench);
  const std::uint64_t segment = bench.log->size_bytes() / 10;
  REQUIRE(segment * 4 > 3000);
  REQUIRE(segment * 3 < 3000);
  CHECK(retain(bench, kNow) == Offset(12));
  CHECK(retain(bench, kNow) == Offset(12));
  CHECK(bench.log->size_bytes() == segment * 4);
}

ON_EACH_FILE_SYSTEM("retention.bytes of 0 empties the log") {
  Bench<TestType> bench(keeping({.bytes = 0}));
  fill_ten_segments(bench);
  CHECK(retain(bench, kNow) == Offset(20));
}

ON_EACH_FILE_SYSTEM("negative limits and a policy without delete keep everything but what a request gave up") {
  Bench<TestType> bench(keeping({}));
  fill_ten_segments(bench);
  CHECK(retain(bench, {100 * kHour}) == Offset(0));
  LogOptions compacted = bench.options;
  compacted.retention = {.policy = RetentionOptions::Policy::requested, .ms = 1, .bytes = 0};
  bench.log->set_options(compacted);
  CHECK(retain(bench, {100 * kHour}) == Offset(0));
  REQUIRE(bench.delete_before(Offset(7)));
  CHECK(bench.log->segment_count() == 7);
  CHECK(bench.log->next_deletion().value() == NextDeletion{.up_to = Offset(7)});
}

ON_EACH_FILE_SYSTEM("what nobody may read yet is not deleted") {
  Bench<TestType> bench(keeping({.ms = 1}, Durability::always));
  fill_ten_segments(bench);
  CHECK(bench.log->high_watermark() == Offset(0));
  CHECK(retain(bench, {kHour}) == Offset(0));
  CHECK(bench.delete_before(Offset(1)).error().code == Errc::offset_out_of_range);
  sync(*bench.log);
  CHECK(retain(bench, {kHour}) == Offset(20));
}

ON_EACH_FILE_SYSTEM("deleting all records by request frees the active segment too") {
  Bench<TestType> bench(keeping({.policy = RetentionOptions::Policy::requested, .file_delete_delay_ms = 0}));
  fill_ten_segments(bench);
  REQUIRE(bench.delete_before(Offset(20)));
  CHECK(bench.log->log_start() == Offset(20));
  CHECK(retain(bench, kNow) == Offset(20));
  CHECK(bench.log->segment_count() == 1);
  CHECK(bench.log->size_bytes() == kSegmentHeaderBytes);
  CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(20));
}

ON_EACH_FILE_SYSTEM("a start inside a segment hides its older records and keeps the file") {
  Bench<TestType> bench(keeping({}));
  fill_ten_segments(bench);
  REQUIRE(bench.delete_before(Offset(3)));
  CHECK(bench.log->segment_count() == 9);
  REQUIRE(bench.delete_before(Offset(1)));
  CHECK(bench.log->log_start() == Offset(3));
  CHECK(read_all(*bench.log, Offset(3)).front() == 3);
  bench.reopen_clean();
  CHECK(bench.log->log_start() == Offset(3));
  CHECK(bench.log->offset_for_time(0).value()->offset == Offset(3));
}

ON_EACH_FILE_SYSTEM("a file stays for file.delete.delay.ms and is gone afterwards, or with the next start") {
  Bench<TestType> bench(keeping({.ms = 10'000, .file_delete_delay_ms = 5000}));
  fill_ten_segments(bench);
  REQUIRE(retain(bench, {11'001}) == Offset(2));
  CHECK(files_ending(bench, ".deleted") == std::vector<std::string>{"00000000000000000000.segment.deleted"});
  bench.log->purge_dropped({16'000});
  CHECK(files_ending(bench, ".deleted").size() == 1);
  bench.log->purge_dropped({16'001});
  CHECK(files_ending(bench, ".deleted").empty());
  REQUIRE(retain(bench, {15'001}) == Offset(6));
  CHECK(files_ending(bench, ".deleted").size() == 2);
  bench.reopen_killed();
  CHECK(files_ending(bench, ".deleted").empty());
  CHECK(files_ending(bench, ".segment").front() == "00000000000000000006.segment");
  CHECK(bench.log->log_start() == Offset(6));
}

ON_EACH_FILE_SYSTEM("readers go on over files that they hold, and find the new list where they do not") {
  Bench<TestType> bench(keeping({.file_delete_delay_ms = 0}));
  fill_ten_segments(bench);
  // Nothing but the last segment is open now.
  bench.reopen_clean();
  ReadCursor cursor;
  const Result<ReadPlan> held = bench.log->read(Offset(0), Offset(20), 1, MinOneBatch::yes, cursor);
  REQUIRE(held);
  REQUIRE(bench.delete_before(Offset(10)));
  bench.log->purge_dropped(kNow);
  CHECK(base_offsets(batches_of(*held)) == std::vector<std::int64_t>{0});
  CHECK(bench.log->read(Offset(1), Offset(20), 1, MinOneBatch::yes, cursor).error().code == Errc::offset_out_of_range);
  CHECK(bench.log->offset_for_time(0).value()->offset == Offset(10));
  CHECK(bench.log->max_timestamp_offset()->offset == Offset(19));
}

ON_EACH_FILE_SYSTEM("a segment's file that somebody took away is an error of the disk, not of the reader") {
  Bench<TestType> bench(keeping({}));
  fill_ten_segments(bench);
  bench.reopen_clean();
  REQUIRE(bench.log->segment_count() == 10);  // and so its files were listed
  REQUIRE(bench.place.fs.remove(bench.partition_path("00000000000000000000.segment")));
  ReadCursor cursor;
  CHECK(bench.log->read(Offset(0), Offset(20), 1, MinOneBatch::yes, cursor).error().code == Errc::io);
  CHECK(bench.log->offset_for_time(0).error().code == Errc::io);
}

ON_EACH_FILE_SYSTEM("rule 54: producers outlive the segments that held their batches") {
  Bench<TestType> bench(keeping({.ms = 1000}));
  const BatchSpec sent{.timestamp = 5, .producer = ProducerId(7), .epoch = 0, .sequence = 0};
  append_one(*bench.log, sent);
  fill_ten_segments(bench, 1000, 1000);
  REQUIRE(retain(bench, {kHour}) == Offset(21));
  for (int stop = 0; stop < 3; ++stop) {
    const AppendItem again = append_one(*bench.log, sent);
    CHECK(again.duplicate);
    CHECK(again.base_offset == Offset(0));
    if (stop == 0) bench.reopen_killed();
    if (stop == 1) bench.reopen_other_boot();
  }
}

TEST_CASE("a start that is not durable is not shown, and is tried again", "[storage]") {
  Bench<MemoryPlace> bench(keeping({.ms = 10'000}));
  fill_ten_segments(bench);
  REQUIRE(bench.store->checkpoint(kNow));
  for (const fs::Operation step : {fs::Operation::write, fs::Operation::sync, fs::Operation::rename}) {
    bench.place.fs.fail_next({.operation = step, .path_part = "manifest"});
    CHECK(bench.delete_before(Offset(5)).error().code == Errc::io);
    CHECK(bench.log->log_start() == Offset(0));
    CHECK(bench.log->segment_count() == 10);
    CHECK(bench.store->manifest_entry(topic_id(1), 0)->log_start == Offset(0));
  }
  REQUIRE(bench.delete_before(Offset(5)));
  CHECK(bench.log->log_start() == Offset(5));
}

TEST_CASE("one log that cannot move does not hold up another", "[storage]") {
  Bench<MemoryPlace> bench(keeping({}));
  fill_ten_segments(bench);
  const StartMove moves[] = {{.topic_id = topic_id(9), .partition = 0, .start = Offset(1)},
                             {.topic_id = topic_id(1), .partition = 0, .start = Offset(21)},
                             {.topic_id = topic_id(1), .partition = 0, .start = Offset(4)}};
  const std::vector<Status> outcomes = bench.store->move_starts(moves, kNow);
  CHECK(outcomes[0].error().code == Errc::closed);
  CHECK(outcomes[1].error().code == Errc::offset_out_of_range);
  CHECK(outcomes[2].has_value());
  CHECK(bench.log->log_start() == Offset(4));
}

TEST_CASE("the next deletion is told with its time, its size and its records", "[storage]") {
  Bench<MemoryPlace> bench(keeping({.ms = 10'000, .bytes = 100'000}));
  CHECK(bench.log->next_deletion().value() == NextDeletion{});
  fill_ten_segments(bench);
  const auto others = static_cast<std::int64_t>(bench.log->size_bytes() / 10 * 9);
  CHECK(bench.log->next_deletion().value() == NextDeletion{.due_ms = 11'001, .bytes_left = 100'000 - others, .up_to = Offset(2)});
  REQUIRE(retain(bench, {11'001}) == Offset(2));
  CHECK(bench.log->next_deletion()->due_ms == 13'001);
  append_batch(*bench.log, make_batch_of(400, INT64_MAX - 5));
  REQUIRE(retain(bench, {kHour}) == Offset(20));
  CHECK(bench.log->next_deletion()->due_ms == INT64_MAX);
}

TEST_CASE("an idle log rolls at segment.ms less its jitter, which is the segment's own", "[storage]") {
  LogOptions options = keeping({});
  options.segment_ms = 100'000;
  options.segment_jitter_ms = 90'000;
  std::set<std::int64_t> ages;
  for (int partition = 0; partition < 20; ++partition) {
    Bench<MemoryPlace> bench(options);
    const auto log = bench.store->open_log("topic", topic_id(1), partition, options, kNow).value();
    append_one(*log, BatchSpec{});
    std::int64_t age = 0;
    while (log->segment_count() == 1) {
      age += 1000;
      REQUIRE(log->roll_if_due({kNow.ms + age}));
    }
    CHECK(age >= 10'000);
    CHECK(age <= 100'000);
    ages.insert(age);
  }
  CHECK(ages.size() > 10);
}

ON_EACH_FILE_SYSTEM("a preallocated segment is as long as its batches to readers and after a restart") {
  LogOptions options = keeping({});
  options.segment_bytes = 1'000'000;
  options.preallocate = Preallocate::whole;
  Bench<TestType> bench(options);
  append_one(*bench.log, {.count = 3});
  const std::uint64_t bytes = bench.log->size_bytes();
  CHECK(bytes < 1000);
  bench.reopen_killed();
  CHECK(bench.log->size_bytes() == bytes);
  CHECK(bench.log->log_end() == Offset(3));
}

}  // namespace
}  // namespace streamline::storage::test
