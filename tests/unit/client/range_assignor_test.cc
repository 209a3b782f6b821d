// The blocks that each member of a classic group gets: as Kafka's RangeAssignor cuts them.
#include "client/range_assignor.h"

#include <catch2/catch.hpp>

using namespace streamline;
using namespace streamline::client;

namespace {

std::vector<TopicPartition> of(const std::string& topic, std::initializer_list<std::int32_t> partitions) {
  std::vector<TopicPartition> made;
  for (const std::int32_t partition : partitions) made.push_back({.topic = topic, .partition = partition});
  return made;
}

}  // namespace

TEST_CASE("the first members get one more where partitions do not divide evenly") {
  const auto assigned = assign_ranges({{"a", {"t"}}, {"b", {"t"}}, {"c", {"t"}}}, {{"t", 8}});
  CHECK(assigned.at("a") == of("t", {0, 1, 2}));
  CHECK(assigned.at("b") == of("t", {3, 4, 5}));
  CHECK(assigned.at("c") == of("t", {6, 7}));
}

TEST_CASE("members beyond the partitions get nothing, and are told so") {
  const auto assigned = assign_ranges({{"a", {"t"}}, {"b", {"t"}}}, {{"t", 1}});
  CHECK(assigned.at("a") == of("t", {0}));
  CHECK(assigned.at("b").empty());
}

TEST_CASE("a topic is divided among those who subscribe to it") {
  const auto assigned = assign_ranges({{"a", {"t", "u"}}, {"b", {"u"}}, {"c", {"gone"}}}, {{"t", 2}, {"u", 2}});
  auto both = of("t", {0, 1});
  both.push_back({.topic = "u", .partition = 0});
  CHECK(assigned.at("a") == both);
  CHECK(assigned.at("b") == of("u", {1}));
  CHECK(assigned.at("c").empty());
}
