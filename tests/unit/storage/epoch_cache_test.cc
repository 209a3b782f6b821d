// Which epoch ends where (rule 95).
#include "storage/epoch_cache.h"

#include <catch2/catch.hpp>

namespace streamline::storage {
namespace {

TEST_CASE("rule 95: an epoch ends where the next one starts, the latest at the log's end", "[storage]") {
  EpochCache cache;
  CHECK(cache.end_of(LeaderEpoch(0), Offset(9)) == EpochEnd{});
  cache.assign(LeaderEpoch(1), Offset(0));
  cache.assign(LeaderEpoch(4), Offset(10));
  CHECK(cache.end_of(LeaderEpoch(0), Offset(20)) == EpochEnd{});
  CHECK(cache.end_of(LeaderEpoch(1), Offset(20)) == EpochEnd{LeaderEpoch(1), Offset(10)});
  CHECK(cache.end_of(LeaderEpoch(2), Offset(20)) == EpochEnd{LeaderEpoch(1), Offset(10)});
  CHECK(cache.end_of(LeaderEpoch(4), Offset(20)) == EpochEnd{LeaderEpoch(4), Offset(20)});
}

TEST_CASE("an epoch without records gives way to the next at the same offset", "[storage]") {
  EpochCache cache;
  cache.assign(LeaderEpoch(1), Offset(5));
  cache.assign(LeaderEpoch(2), Offset(5));
  CHECK(cache.entries() == std::vector<EpochStart>{{LeaderEpoch(2), Offset(5)}});
  CHECK_FALSE(cache.assign(LeaderEpoch(2), Offset(8)));
  CHECK_FALSE(cache.assign(LeaderEpoch(1), Offset(8)));
}

TEST_CASE("cutting a log forgets the epochs behind the cut", "[storage]") {
  EpochCache cache;
  cache.assign(LeaderEpoch(1), Offset(0));
  cache.assign(LeaderEpoch(2), Offset(5));
  cache.truncate_to(Offset(5));
  CHECK(cache.latest() == LeaderEpoch(1));
}

}  // namespace
}  // namespace streamline::storage
