// Counts heap allocations of this program: validate_batch makes none for good batches.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>

#include "record/validator.h"
#include "unit/record/sample_batches.h"

namespace {
thread_local std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

using namespace streamline;
using namespace streamline::record;

TEST_CASE("a good batch is validated without an allocation once the codec's state is made") {
  Decompressor decompressor;
  for (const Codec codec : kAllCodecs) {
    BatchOptions batch_options;
    batch_options.codec = codec;
    const auto batch = build(large_samples(), batch_options);
    ValidateOptions options;
    options.mode = ValidationMode::full;
    REQUIRE(validate_batch(batch, options, decompressor));
    const std::size_t before = allocations;
    const bool good = validate_batch(batch, options, decompressor).has_value();
    const std::size_t after = allocations;
    CHECK(good);
    CHECK(after == before);
  }
}
