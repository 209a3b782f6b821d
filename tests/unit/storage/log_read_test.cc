// Reads: whole batches, limits, cursors, look-ups by time and by epoch.
#include <algorithm>

#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

constexpr std::size_t kPlenty = 1U << 30U;

LogOptions small_segments() { return {.segment_bytes = 1000, .index_interval_bytes = 200, .durability = Durability::interval}; }

std::vector<std::int64_t> read(const Log& log, std::int64_t from, std::int64_t up_to, std::size_t max_bytes = kPlenty,
                               MinOneBatch min_one = MinOneBatch::yes) {
  ReadCursor cursor;
  const Result<ReadPlan> plan = log.read(Offset(from), Offset(up_to), max_bytes, min_one, cursor);
  REQUIRE(plan);
  return base_offsets(batches_of(*plan));
}

ON_EACH_FILE_SYSTEM("rule 80: a read inside a batch starts with the whole batch, in the log's last batch too") {
  Bench<TestType> bench;
  for (int i = 0; i < 4; ++i) append_one(*bench.log, {.count = 5});
  for (std::int64_t from = 0; from < 20; ++from) CHECK(read(*bench.log, from, 20).front() == from / 5 * 5);
  CHECK(read(*bench.log, 19, 20) == std::vector<std::int64_t>{15});
}

ON_EACH_FILE_SYSTEM("rule 77: the log end reads empty, beyond it and before the log start is out of range") {
  Bench<TestType> bench;
  append_one(*bench.log, {.count = 5});
  append_one(*bench.log, {.count = 5});
  ReadCursor cursor;
  CHECK(read(*bench.log, 10, 10).empty());
  CHECK(bench.log->read(Offset(11), Offset(99), kPlenty, MinOneBatch::yes, cursor).error().code == Errc::offset_out_of_range);
  CHECK(bench.log->read(Offset(-1), Offset(99), kPlenty, MinOneBatch::yes, cursor).error().code == Errc::offset_out_of_range);
  REQUIRE(bench.delete_before(Offset(7)));
  CHECK(bench.log->log_start() == Offset(7));
  CHECK(bench.log->read(Offset(6), Offset(99), kPlenty, MinOneBatch::yes, cursor).error().code == Errc::offset_out_of_range);
  CHECK(read(*bench.log, 7, 10) == std::vector<std::int64_t>{5});
  CHECK(bench.delete_before(Offset(11)).error().code == Errc::offset_out_of_range);
}

ON_EACH_FILE_SYSTEM("nothing at or behind up_to is read, wherever it lies") {
  Bench<TestType> bench(small_segments());
  for (int i = 0; i < 100; ++i) append_one(*bench.log, {.count = 3, .value = std::string(30, 'v')});
  for (std::int64_t up_to = 0; up_to <= 300; ++up_to) {
    const std::int64_t from = std::max<std::int64_t>(0, up_to - 20);
    std::vector<std::int64_t> expected;
    for (std::int64_t base = from / 3 * 3; base + 3 <= up_to; base += 3) expected.push_back(base);
    CHECK(read(*bench.log, from, up_to) == expected);
  }
}

ON_EACH_FILE_SYSTEM("max_bytes is kept, but for a first batch that is larger when one is owed") {
  Bench<TestType> bench({.index_interval_bytes = 500, .durability = Durability::interval});
  std::vector<std::size_t> sizes;
  for (int i = 0; i < 200; ++i) {
    std::vector<std::byte> batch = make_batch_of(100 + static_cast<std::size_t>(i) % 7 * 60);
    sizes.push_back(batch.size());
    append_batch(*bench.log, std::move(batch));
  }
  for (std::size_t max_bytes = 1; max_bytes < 4000; max_bytes += 97) {
    for (std::size_t from = 0; from < 200; from += 13) {
      ReadCursor cursor;
      const Result<ReadPlan> plan =
          bench.log->read(Offset(static_cast<std::int64_t>(from)), bench.log->log_end(), max_bytes, MinOneBatch::yes, cursor);
      REQUIRE(plan);
      const std::vector<record::BatchHeader> batches = batches_of(*plan);
      REQUIRE_FALSE(batches.empty());
      CHECK((plan->total_bytes() <= max_bytes || batches.size() == 1));
      // At least half of what would fit is used.
      std::size_t fits = 0;
      for (std::size_t i = from; i < 200 && fits + sizes[i] <= max_bytes; ++i) fits += sizes[i];
      CHECK(plan->total_bytes() >= fits / 2);
      CHECK(plan->next_offset() == batches.back().next_offset());
    }
  }
  CHECK(read(*bench.log, 0, 200, 10, MinOneBatch::no).empty());
  CHECK(read(*bench.log, 0, 200, sizes[0], MinOneBatch::no) == std::vector<std::int64_t>{0});
}

ON_EACH_FILE_SYSTEM("a plan goes over several segments, and a cursor reads everything once in any step") {
  Bench<TestType> bench(small_segments());
  for (int i = 0; i < 60; ++i) append_batch(*bench.log, make_batch_of(150));
  CHECK(bench.log->segment_count() > 8);
  std::vector<std::int64_t> all(60);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  for (const std::size_t step : {1U, 150U, 400U, 1000U, 5000U, 100'000U}) CHECK(read_all(*bench.log, Offset(0), step) == all);
}

ON_EACH_FILE_SYSTEM("a cursor at the tail goes on over later appends and rolls") {
  Bench<TestType> bench(small_segments());
  ReadCursor cursor;
  Offset next{0};
  for (int i = 0; i < 50; ++i) {
    append_batch(*bench.log, make_batch_of(150));
    const Result<ReadPlan> plan = bench.log->read(next, bench.log->high_watermark(), kPlenty, MinOneBatch::yes, cursor);
    REQUIRE(plan);
    CHECK(base_offsets(batches_of(*plan)) == std::vector<std::int64_t>{i});
    next = plan->next_offset();
  }
}

ON_EACH_FILE_SYSTEM("a cursor of another place is only slower") {
  Bench<TestType> bench(small_segments());
  for (int i = 0; i < 30; ++i) append_batch(*bench.log, make_batch_of(150));
  ReadCursor cursor;
  for (const std::int64_t from : {0, 20, 7, 29, 3, 3, 15}) {
    const Result<ReadPlan> plan = bench.log->read(Offset(from), Offset(30), 300, MinOneBatch::yes, cursor);
    CHECK(base_offsets(batches_of(*plan)).front() == from);
  }
}

ON_EACH_FILE_SYSTEM("runs stay readable when their topic is deleted") {
  Bench<TestType> bench;
  append_one(*bench.log, {.count = 2});
  ReadCursor cursor;
  const Result<ReadPlan> plan = bench.log->read(Offset(0), Offset(2), kPlenty, MinOneBatch::yes, cursor);
  REQUIRE(bench.store->remove_topic("topic", topic_id(1)));
  REQUIRE(bench.store->purge_removed());
  bench.drop();
  CHECK(base_offsets(batches_of(*plan)) == std::vector<std::int64_t>{0});
}

ON_EACH_FILE_SYSTEM("rule 93: the first record in log order at or after a time, exact inside batches of every codec") {
  for (const record::Codec codec :
       {record::Codec::none, record::Codec::gzip, record::Codec::snappy, record::Codec::lz4, record::Codec::zstd}) {
    Bench<TestType> bench(small_segments());
    // Batches of five records: times 0..4, 100..104, ..., but the fourth batch is late.
    for (int i = 0; i < 40; ++i) append_one(*bench.log, {.count = 5, .timestamp = i == 3 ? 50 : i * 100, .codec = codec});
    const auto at = [&](std::int64_t target) { return bench.log->offset_for_time(target).value(); };
    CHECK(at(-5) == TimestampOffset{0, Offset(0), LeaderEpoch(0)});
    CHECK(at(3) == TimestampOffset{3, Offset(3), LeaderEpoch(0)});
    CHECK(at(5) == TimestampOffset{100, Offset(5), LeaderEpoch(0)});
    CHECK(at(205) == TimestampOffset{400, Offset(20), LeaderEpoch(0)});
    CHECK(at(3902) == TimestampOffset{3902, Offset(197), LeaderEpoch(0)});
    CHECK_FALSE(at(3905));
  }
}

ON_EACH_FILE_SYSTEM("rule 93: a time look-up sees neither deleted records nor what is not durable yet") {
  Bench<TestType> bench({.durability = Durability::always});
  append_one(*bench.log, {.count = 5, .timestamp = 100});
  sync(*bench.log);
  append_one(*bench.log, {.count = 5, .timestamp = 200});
  CHECK_FALSE(bench.log->offset_for_time(150).value());
  CHECK(bench.log->max_timestamp_offset().value() == TimestampOffset{104, Offset(4), LeaderEpoch(0)});
  REQUIRE(bench.delete_before(Offset(3)));
  CHECK(bench.log->offset_for_time(0).value() == TimestampOffset{103, Offset(3), LeaderEpoch(0)});
  sync(*bench.log);
  CHECK(bench.log->offset_for_time(150).value() == TimestampOffset{200, Offset(5), LeaderEpoch(0)});
  CHECK(bench.log->max_timestamp_offset().value() == TimestampOffset{204, Offset(9), LeaderEpoch(0)});
}

ON_EACH_FILE_SYSTEM("rule 91: the highest timestamp is found where it is, not at the end; an empty log has none") {
  Bench<TestType> bench(small_segments());
  CHECK(bench.log->max_timestamp_offset().value() == TimestampOffset{});
  for (int i = 0; i < 30; ++i) append_one(*bench.log, {.count = 3, .timestamp = i == 11 ? 9000 : i * 10});
  CHECK(bench.log->max_timestamp_offset().value() == TimestampOffset{9002, Offset(35), LeaderEpoch(0)});
  bench.reopen_clean();
  CHECK(bench.log->max_timestamp_offset().value() == TimestampOffset{9002, Offset(35), LeaderEpoch(0)});
}

ON_EACH_FILE_SYSTEM("rule 95: epochs end where later ones start, also after a restart") {
  Bench<TestType> bench;
  append_one(*bench.log, {.count = 5});
  REQUIRE(bench.log->set_leader_epoch(LeaderEpoch(3)));
  append_one(*bench.log, {.count = 5});
  CHECK(bench.log->set_leader_epoch(LeaderEpoch(2)).error().code == Errc::fenced);
  for (int round = 0; round < 3; ++round) {
    CHECK(bench.log->leader_epoch() == LeaderEpoch(3));
    CHECK(bench.log->end_offset_for_epoch(LeaderEpoch(0)) == EpochEnd{LeaderEpoch(0), Offset(5)});
    CHECK(bench.log->end_offset_for_epoch(LeaderEpoch(2)) == EpochEnd{LeaderEpoch(0), Offset(5)});
    CHECK(bench.log->end_offset_for_epoch(LeaderEpoch(3)) == EpochEnd{LeaderEpoch(3), Offset(10)});
    if (round == 0) bench.reopen_clean();
    if (round == 1) bench.reopen_killed();
  }
}

}  // namespace
}  // namespace streamline::storage::test
