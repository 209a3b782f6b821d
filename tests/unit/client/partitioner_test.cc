// The partitioner against values of Kafka's own tests.
#include "client/partitioner.h"

#include <catch2/catch.hpp>

using namespace streamline;
using namespace streamline::client;

TEST_CASE("murmur2 gives the numbers of Kafka's Java client") {
  const auto hash = [](std::string_view text) { return static_cast<std::int32_t>(murmur2(as_bytes(text))); };
  CHECK(hash("21") == -973932308);
  CHECK(hash("foobar") == -790332482);
  CHECK(hash("a-little-bit-long-string") == -985981536);
  CHECK(hash("a-little-bit-longer-string") == -1486304829);
  CHECK(hash("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8") == -58897971);
  CHECK(hash("abc") == 479470107);
}

TEST_CASE("a key's partition is its hash without the sign") {
  CHECK(partition_of_key(as_bytes("21"), 7) == static_cast<std::int32_t>((-973932308 & 0x7fffffff) % 7));
  CHECK(partition_of_key({}, 1) == 0);
}
