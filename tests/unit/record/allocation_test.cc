// Counts heap allocations of this program: validate_batch makes none for good batches.
#include <catch2/catch.hpp>

#include "record/validator.h"
#include "support/counting_new.h"
#include "unit/record/sample_batches.h"

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
    const std::uint64_t before = test::allocations().count;
    const bool good = validate_batch(batch, options, decompressor).has_value();
    const std::uint64_t after = test::allocations().count;
    CHECK(good);
    CHECK(after == before);
  }
}
