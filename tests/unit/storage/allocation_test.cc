// The hot paths take no memory from the heap.
#include "support/counting_new.h"
#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

TEST_CASE("appends, syncs and sequential reads allocate nothing in the steady state", "[storage]") {
  Bench<PosixPlace> bench({.durability = Durability::always});
  Log& log = *bench.log;
  ReadCursor cursor;
  Offset next{0};
  std::uint64_t in_append = 0;
  std::uint64_t in_sync = 0;
  std::uint64_t in_read = 0;
  for (std::int32_t i = 0; i < 200; ++i) {
    std::vector<std::byte> first = make_batch({.producer = ProducerId(1), .epoch = 0, .sequence = 2 * i});
    std::vector<std::byte> second = make_batch({.producer = ProducerId(1), .epoch = 0, .sequence = 2 * i + 1});
    AppendItem a{.batch = first};
    AppendItem b{.batch = second};
    AppendItem* const items[] = {&a, &b};
    // The first rounds make the files, the producer and the kept buffers.
    const bool steady = i >= 3;
    std::uint64_t before = streamline::test::allocations().count;
    static_cast<void>(log.append(items, kNow));
    if (steady) in_append += streamline::test::allocations().count - before;
    before = streamline::test::allocations().count;
    sync(log);
    if (steady) in_sync += streamline::test::allocations().count - before;
    before = streamline::test::allocations().count;
    const Result<ReadPlan> plan = log.read(next, log.high_watermark(), 1U << 20U, MinOneBatch::yes, cursor);
    if (steady) in_read += streamline::test::allocations().count - before;
    REQUIRE(plan);
    next = plan->next_offset();
  }
  CHECK(next == Offset(400));
  CHECK(in_append == 0);
  CHECK(in_sync == 0);
  CHECK(in_read == 0);
}

}  // namespace
}  // namespace streamline::storage::test
