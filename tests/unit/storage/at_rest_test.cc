// What an orderly stop notes of a log spares the next run from opening it: for rolls, retention, compaction and its size.
#include "storage/compaction/cleaner_point.h"
#include "storage/compaction/dirty_range.h"
#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

constexpr std::int64_t kOldestMs = 1000;

/// Three segments of one batch each, with times from kOldestMs on; the last is the active one. Looked at as the housekeeper does.
template <class Place>
struct ThreeSegments : Bench<Place> {
  explicit ThreeSegments(const RetentionOptions& keep = {})
      : Bench<Place>(
            {.segment_bytes = 300, .segment_ms = 5000, .preallocate_bytes = 0, .durability = Durability::interval, .retention = keep}) {
    for (int i = 0; i < 3; ++i) append_batch(*this->log, make_batch_of(200, kOldestMs + i * 1000));
    REQUIRE(this->log->segment_count() == 3);
    REQUIRE(this->log->retention_start({kOldestMs}));
  }
};

bool is_open(const Log& log) { return !log.unopened_active_base(); }

ON_EACH_FILE_SYSTEM("a log that rests is not opened to see that nothing is due") {
  ThreeSegments<TestType> bench({.ms = 10'000, .bytes = 10'000});
  bench.reopen_clean();
  const WallTime soon{kNow.ms + 4999};
  REQUIRE(bench.log->roll_if_due(soon));
  CHECK(bench.log->retention_start({kOldestMs + 10'000}).value() == Offset(0));
  CHECK_FALSE(bench.log->keeps_below(Offset(0)));
  CHECK_FALSE(is_open(*bench.log));
  // The next stop notes the same.
  bench.reopen_clean();
  REQUIRE(bench.log->roll_if_due(soon));
  CHECK_FALSE(is_open(*bench.log));
  REQUIRE(bench.log->roll_if_due({kNow.ms + 5000}));
  CHECK(bench.log->segment_count() == 4);
}

ON_EACH_FILE_SYSTEM("a log that rests is opened once its oldest segment is old enough") {
  ThreeSegments<TestType> bench({.ms = 10'000});
  bench.reopen_clean();
  CHECK(bench.log->retention_start({kOldestMs + 10'001}).value() == Offset(1));
  CHECK(is_open(*bench.log));
}

ON_EACH_FILE_SYSTEM("a log that rests is opened once the others hold as much as it may keep") {
  ThreeSegments<TestType> bench({.bytes = 10'000});
  const auto all = static_cast<std::int64_t>(bench.log->size_bytes());
  bench.reopen_clean();
  bench.options.retention.bytes = all - all / 3 + 1;
  bench.log->set_options(bench.options);
  CHECK(bench.log->retention_start(kNow).value() == Offset(0));
  CHECK_FALSE(is_open(*bench.log));
  --bench.options.retention.bytes;
  bench.log->set_options(bench.options);
  CHECK(bench.log->retention_start(kNow).value() == Offset(1));
}

ON_EACH_FILE_SYSTEM("a log that rests is opened when the manifest does not tell enough") {
  ThreeSegments<TestType> bench;  // nobody asked for the age of its segments
  bench.reopen_clean();
  CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(3));
  bench.reopen_clean();
  bench.options.retention.ms = 10'000;
  bench.log->set_options(bench.options);
  CHECK(bench.log->retention_start({kOldestMs + 10'001}).value() == Offset(1));
}

ON_EACH_FILE_SYSTEM("the size of a log that rests is known without opening it") {
  ThreeSegments<TestType> bench({.bytes = 10'000});
  const std::uint64_t before = bench.log->size_bytes();
  bench.reopen_clean();
  CHECK(bench.log->size_bytes() == before);
  CHECK_FALSE(is_open(*bench.log));
}

ON_EACH_FILE_SYSTEM("a size is told without looking into segments") {
  ThreeSegments<TestType> bench;
  const std::uint64_t before = bench.log->size_bytes();
  bench.reopen_clean();
  append_one(*bench.log, BatchSpec{});
  const std::size_t open = bench.store->open_files();
  CHECK(open < bench.log->segment_count());
  CHECK(bench.log->size_bytes() > before);
  CHECK(bench.store->open_files() == open);
}

TEST_CASE("the next deletion of a log that rests is told", "[storage]") {
  ThreeSegments<MemoryPlace> bench({.ms = 10'000});
  const NextDeletion before = bench.log->next_deletion().value();
  bench.reopen_clean();
  CHECK(bench.log->next_deletion().value() == before);
}

TEST_CASE("compaction does not open a log that rests and is clean", "[compaction]") {
  ThreeSegments<MemoryPlace> bench;
  REQUIRE(bench.log->note_cleaned(Offset(2)));
  bench.reopen_clean();
  CHECK_FALSE(find_dirty_range(bench.place.fs, *bench.log, {}, kNow).value());
  CHECK_FALSE(is_open(*bench.log));
  REQUIRE(save_cleaner_point(bench.place.fs, bench.log->identity().directory, Offset(1)));
  CHECK(find_dirty_range(bench.place.fs, *bench.log, {}, kNow).value());
}

}  // namespace
}  // namespace streamline::storage::test
