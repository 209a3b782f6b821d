// The tagged field of our own behind groups that are described.
#include "wire/last_rebalance.h"

#include <catch2/catch.hpp>

#include <array>

namespace streamline::wire {
namespace {

TEST_CASE("what is told of the last rebalance is read back among other tags") {
  Arena arena;
  const LastRebalance told{.reason = "a member joined", .member_id = "c-1", .began_ms = 1'700'000'000'000, .ended_ms = -1};
  const std::span<const UnknownTag> tags = tags_of(told, arena);
  REQUIRE(tags.size() == 1);
  const UnknownTag ours = tags[0];
  const UnknownTag other{.tag = 3, .bytes = ours.bytes};
  CHECK(find_last_rebalance(std::array{other, ours}) == told);
  CHECK_FALSE(find_last_rebalance(std::array{other}));
  CHECK_FALSE(find_last_rebalance({}));
}

TEST_CASE("a field that ends early tells nothing") {
  Arena arena;
  const UnknownTag whole = tags_of({.reason = "a member left", .member_id = "c", .began_ms = 1, .ended_ms = 2}, arena)[0];
  for (std::size_t size = 0; size < whole.bytes.size(); ++size) {
    CHECK_FALSE(find_last_rebalance(std::array{UnknownTag{.tag = whole.tag, .bytes = whole.bytes.first(size)}}));
  }
}

}  // namespace
}  // namespace streamline::wire
