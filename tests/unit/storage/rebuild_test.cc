// What a log makes anew of files that are gone or damaged, when it does so, and what it says of records that are lost.
#include <algorithm>

#include "storage/segment_header.h"
#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

LogOptions small_segments() { return {.segment_bytes = 1000, .index_interval_bytes = 200, .durability = Durability::interval}; }
const std::string kFirst = "00000000000000000000.segment";
const std::string kFirstIndex = "00000000000000000000.index";

template <class Place>
void fill(Bench<Place>& bench, int batches) {
  for (int i = 0; i < batches; ++i) append_batch(*bench.log, make_batch_of(150, 1000 + i));
}

std::vector<std::int64_t> up_to(std::int64_t end) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < end; ++i) all.push_back(i);
  return all;
}

TEST_CASE("after an orderly stop no file of a log is opened before a call needs one", "[storage]") {
  Bench<MemoryPlace> bench(small_segments());
  fill(bench, 20);
  REQUIRE(bench.store->close(kNow));
  bench.drop();
  bench.place.fs.fail_next({.operation = fs::Operation::open, .path_part = "partition-0", .code = Errc::io, .count = 1000});
  bench.open(bench.place.fs);
  CHECK(bench.log->log_end() == Offset(20));
  CHECK(bench.log->high_watermark() == Offset(20));
  CHECK(bench.log->log_start() == Offset(0));
  // The first call that needs a file says what is wrong, and the next one after that is over finds everything.
  CHECK(append_one(*bench.log, BatchSpec{}).error == Errc::io);
  bench.place.fs.clear_faults();
  CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(20));
  REQUIRE(bench.delete_before(Offset(3)));
  CHECK(bench.log->log_start() == Offset(3));
  CHECK(read_all(*bench.log, Offset(3)).back() == 20);
}

ON_EACH_FILE_SYSTEM("a log that nobody used keeps its place in the manifest over orderly stops and kills") {
  Bench<TestType> bench(small_segments());
  append_one(*bench.log, {.count = 3, .producer = ProducerId(7), .epoch = 0, .sequence = 0});
  fill(bench, 20);
  bench.reopen_clean();
  bench.reopen_clean();
  bench.reopen_clean();
  REQUIRE(bench.store->checkpoint(kNow));
  bench.reopen_killed();
  CHECK(bench.log->recovery().scanned_bytes == 0);
  CHECK(bench.log->log_end() == Offset(23));
  CHECK(append_one(*bench.log, {.count = 3, .producer = ProducerId(7), .epoch = 0, .sequence = 0}).duplicate);
}

ON_EACH_FILE_SYSTEM("a damaged header of a complete segment is noticed by its first reader and made anew") {
  Bench<TestType> bench(small_segments());
  fill(bench, 20);
  REQUIRE(bench.store->close(kNow));
  const std::vector<std::byte> garbage(40, std::byte{0x5a});
  REQUIRE(bench.open_file(kFirst)->write_at(0, garbage));
  bench.drop();
  bench.open(bench.place.fs);
  CHECK(read_all(*bench.log, Offset(0)) == up_to(20));
  std::array<std::byte, kSegmentHeaderBytes> bytes{};
  REQUIRE(bench.open_file(kFirst)->read_at(0, bytes).value() == bytes.size());
  const Result<SegmentHeader> header = decode_segment_header(bytes);
  REQUIRE(header);
  CHECK(header->is_sealed());
  CHECK(header->base_offset == Offset(0));
  CHECK(header->topic_hash == topic_hash(topic_id(1)));
}

ON_EACH_FILE_SYSTEM("an index that is gone is made anew by the segment's first reader, for the next start too") {
  Bench<TestType> bench({.segment_bytes = 200'000, .index_interval_bytes = 200, .durability = Durability::interval});
  for (int i = 0; i < 3; ++i) append_batch(*bench.log, make_batch_of(90'000));
  REQUIRE(bench.store->close(kNow));
  REQUIRE(bench.place.fs.remove(bench.partition_path(kFirstIndex)));
  bench.drop();
  bench.open(bench.place.fs);
  CHECK(read_all(*bench.log, Offset(0)) == up_to(3));
  CHECK(bench.place.fs.exists(bench.partition_path(kFirstIndex)));
}

ON_EACH_FILE_SYSTEM("what the manifest claims of a log that lost its end is not believed of what is appended later") {
  Bench<TestType> bench;
  fill(bench, 20);
  REQUIRE(bench.store->close(kNow));
  {
    const auto file = bench.open_file(kFirst);
    REQUIRE(file->truncate(file->size().value() / 2 + 30));
  }
  bench.drop();
  bench.open(bench.place.fs);
  // Found by the first use; the manifest still says 20, and is not written again before the kill.
  const Offset grown = append_one(*bench.log, {.value = "after the loss"}).base_offset;
  CHECK(grown < Offset(20));
  CHECK(bench.log->leader_epoch() == LeaderEpoch(1));
  fill(bench, 20);
  const std::int64_t end = bench.log->log_end().value;
  bench.reopen_killed();
  CHECK(bench.log->log_end() == Offset(end));
  CHECK(read_all(*bench.log, Offset(0)) == up_to(end));
}

ON_EACH_FILE_SYSTEM("a report beside the bytes that were set aside names topic, partition, offsets and bytes") {
  Bench<TestType> bench;
  fill(bench, 10);
  const std::uint64_t size = (bench.open_file(kFirst)->size().value() - kSegmentHeaderBytes) / 10;
  const std::uint64_t bad = kSegmentHeaderBytes + 4 * size;
  const std::vector<std::byte> garbage(8, std::byte{0x5a});
  REQUIRE(bench.open_file(kFirst)->write_at(bad + 70, garbage));
  bench.reopen_other_boot();
  CHECK(bench.log->log_end() == Offset(4));
  const std::string directory = bench.store->layout().damaged() + "/topic/partition-0";
  const Result<std::vector<std::byte>> report = bench.place.fs.read_file(directory + "/report-4.txt");
  REQUIRE(report);
  const std::string text(as_text(*report));
  CHECK(text.find("topic topic partition 0") != std::string::npos);
  CHECK(text.find("goes on at offset 4") != std::string::npos);
  CHECK(text.find(fmt::format("file=00000000000000000000-{}.bytes bytes={} whole_batches=5 first_offset=5 last_offset=9", bad, 6 * size)) !=
        std::string::npos);
}

TEST_CASE("of too many producers those idle for longest are forgotten", "[storage]") {
  LogOptions options{.durability = Durability::interval};
  options.max_producers = 8;
  Bench<MemoryPlace> bench(options);
  for (int id = 1; id <= 10; ++id) {
    append_one(*bench.log, {.producer = ProducerId(id), .epoch = 0, .sequence = 0}, WallTime{kNow.ms + id});
  }
  const std::vector<ProducerEntry> known = bench.log->producers(kNow);
  CHECK(known.size() == 8);
  CHECK(known.front().id == ProducerId(3));
  CHECK(append_one(*bench.log, {.producer = ProducerId(10), .epoch = 0, .sequence = 0}).duplicate);
}

}  // namespace
}  // namespace streamline::storage::test
