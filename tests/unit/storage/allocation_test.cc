// The hot paths take no memory from the heap: counted by replacing operator new for this program, but not where a sanitizer does.
#if defined(__has_feature)
#define STREAMLINE_HAS_FEATURE(name) __has_feature(name)
#else
#define STREAMLINE_HAS_FEATURE(name) 0
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !STREAMLINE_HAS_FEATURE(address_sanitizer) && \
    !STREAMLINE_HAS_FEATURE(thread_sanitizer)

#include <cstdlib>
#include <new>

#include "unit/storage/fixture.h"

namespace {
thread_local std::uint64_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

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
    std::uint64_t before = allocations;
    static_cast<void>(log.append(items, kNow));
    if (steady) in_append += allocations - before;
    before = allocations;
    sync(log);
    if (steady) in_sync += allocations - before;
    before = allocations;
    const Result<ReadPlan> plan = log.read(next, log.high_watermark(), 1U << 20U, MinOneBatch::yes, cursor);
    if (steady) in_read += allocations - before;
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

#endif
