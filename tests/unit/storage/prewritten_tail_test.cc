// Zeros ahead of the tail in `always`: when they are written, and that nobody takes them for anything.
#include "storage/segment_header.h"
#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

constexpr std::string_view kFirst = "00000000000000000000.segment";
constexpr std::uint64_t kBatchBytes = 1024;

LogOptions always() { return {.preallocate_bytes = 0, .durability = Durability::always}; }

template <class Place>
std::uint64_t file_bytes(Bench<Place>& bench) {
  return bench.open_file(std::string(kFirst))->size().value();
}
template <class Place>
void fill(Bench<Place>& bench, int batches) {
  for (int i = 0; i < batches; ++i) REQUIRE_FALSE(append_batch(*bench.log, make_batch_of(kBatchBytes)).error);
}

ON_EACH_FILE_SYSTEM("zeros ahead of the tail grow with the segment, and an idle log has none") {
  Bench<TestType> bench(always());
  fill(bench, 2);
  CHECK(file_bytes(bench) == bench.log->size_bytes());
  fill(bench, 10);
  const std::uint64_t early = file_bytes(bench);
  CHECK(early > bench.log->size_bytes());
  CHECK(early <= bench.log->size_bytes() + 16 * 1024);
  fill(bench, 3000);
  CHECK(file_bytes(bench) > bench.log->size_bytes());
  CHECK(file_bytes(bench) <= bench.log->size_bytes() + 1024 * 1024);
  CHECK(bench.log->size_bytes() < 3100 * kBatchBytes);
  CHECK(read_all(*bench.log, Offset(3000)).size() == 0);
  sync(*bench.log);
  CHECK(read_all(*bench.log, Offset(0)).size() == 3012);
}

ON_EACH_FILE_SYSTEM("zeros are written in always only, and not behind large writes") {
  Bench<TestType> interval({.preallocate_bytes = 0, .durability = Durability::interval});
  fill(interval, 50);
  CHECK(file_bytes(interval) == interval.log->size_bytes());
  Bench<TestType> large(always());
  for (int i = 0; i < 10; ++i) append_batch(*large.log, make_batch_of(100'000));
  CHECK(file_bytes(large) == large.log->size_bytes());
}

ON_EACH_FILE_SYSTEM("after a kill the zeros are still ahead of the tail and nothing was cut") {
  Bench<TestType> bench(always());
  fill(bench, 50);
  sync(*bench.log);
  const std::uint64_t before = file_bytes(bench);
  bench.reopen_killed();
  CHECK(file_bytes(bench) == before);
  CHECK(bench.log->recovery().torn_bytes == 0);
  CHECK_FALSE(bench.log->recovery().epoch_raised);
  CHECK(bench.log->log_end() == Offset(50));
  fill(bench, 1);
  CHECK(file_bytes(bench) == before);
  sync(*bench.log);
  CHECK(read_all(*bench.log, Offset(0)).size() == 51);
}

ON_EACH_FILE_SYSTEM("a power loss that takes nothing raises no epoch for the zeros") {
  Bench<TestType> bench(always());
  fill(bench, 50);
  sync(*bench.log);
  bench.reopen_other_boot();
  CHECK(bench.log->log_end() == Offset(50));
  CHECK_FALSE(bench.log->recovery().epoch_raised);
}

ON_EACH_FILE_SYSTEM("an orderly stop and a seal leave no zeros") {
  Bench<TestType> bench(always());
  fill(bench, 50);
  const std::uint64_t bytes = bench.log->size_bytes();
  REQUIRE(bench.store->close(kNow));
  CHECK(file_bytes(bench) == bytes);
  bench.drop();
  bench.open(bench.place.fs);
  fill(bench, 50);
  CHECK(file_bytes(bench) > bench.log->size_bytes());
  const std::uint64_t sealed = bench.log->size_bytes();
  REQUIRE(bench.log->roll_if_due(WallTime{kNow.ms + bench.options.segment_ms}));
  REQUIRE(bench.store->checkpoint(kNow));
  CHECK(file_bytes(bench) == sealed);
}

ON_EACH_FILE_SYSTEM("a rolled segment that a crash kept from being sealed is read to its end and no further") {
  Bench<TestType> bench(always());
  fill(bench, 50);
  sync(*bench.log);
  REQUIRE(bench.store->checkpoint(kNow));
  fill(bench, 1);
  REQUIRE(bench.log->roll_if_due(WallTime{kNow.ms + bench.options.segment_ms}));
  fill(bench, 1);
  bench.reopen_killed();
  CHECK(bench.log->recovery().damaged_bytes == 0);
  CHECK(read_all(*bench.log, Offset(0)).size() == 52);
}

TEST_CASE("a disk that has room for the batches but not for the zeros takes the batches", "[storage]") {
  Bench<MemoryPlace> bench(always());
  fill(bench, 5);
  bench.place.fs.set_free_bytes(3 * kBatchBytes);
  fill(bench, 1);
  sync(*bench.log);
  CHECK(read_all(*bench.log, Offset(0)).size() == 6);
}

TEST_CASE("power cuts in the midst of prewritten tails lose nothing that was synced", "[storage]") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Bench<MemoryPlace> bench(always());
    fill(bench, 20);
    sync(*bench.log);
    fill(bench, static_cast<int>(seed % 40));
    const std::unique_ptr<fs::MemoryFileSystem> clone = bench.place.fs.crash_clone(seed);
    Bench<MemoryPlace> after(always());
    after.drop();
    after.boot = "other";
    after.open(*clone);
    CAPTURE(seed);
    CHECK(after.log->log_end() >= Offset(20));
    CHECK(read_all(*after.log, Offset(0)).size() == static_cast<std::size_t>(after.log->log_end().value));
    REQUIRE_FALSE(append_batch(*after.log, make_batch_of(kBatchBytes)).error);
    after.drop();
  }
}

}  // namespace
}  // namespace streamline::storage::test
