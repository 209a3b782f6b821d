// The snapshot of topics: look-up, copies, collisions.
#include "catalog/topic_map.h"

#include <catch2/catch.hpp>

namespace streamline::catalog {

namespace {
TopicPtr topic(std::string name, std::int32_t partitions = 1) {
  auto made = std::make_shared<Topic>();
  made->name = std::move(name);
  made->id = TopicId::random();
  made->partition_count = partitions;
  return made;
}
}  // namespace

TEST_CASE("a topic is found by name and by id, in the snapshot that has it only") {
  const TopicMap empty;
  const TopicPtr orders = topic("orders");
  const TopicMap one = empty.with(orders);
  CHECK(one.find("orders") == orders.get());
  CHECK(one.find(orders->id) == orders.get());
  CHECK(one.share("orders") == orders);
  CHECK(one.share(orders->id) == orders);
  CHECK(one.size() == 1);
  CHECK(empty.find("orders") == nullptr);
  CHECK(empty.find(orders->id) == nullptr);
  CHECK(empty.empty());
  CHECK(one.find("order") == nullptr);
  CHECK(one.share(TopicId::random()) == nullptr);
}

TEST_CASE("a topic of the same name replaces the one there, its id too") {
  const TopicPtr before = topic("orders", 1);
  const TopicPtr after = topic("orders", 5);
  const TopicMap map = TopicMap().with(before).with(after);
  CHECK(map.size() == 1);
  CHECK(map.find("orders") == after.get());
  CHECK(map.find(before->id) == nullptr);
  CHECK(map.find(after->id) == after.get());
}

TEST_CASE("removing takes name and id away; an unknown name changes nothing") {
  const TopicPtr a = topic("a");
  const TopicMap map = TopicMap().with(a).with(topic("b"));
  const TopicMap without = map.without("a");
  CHECK(without.find("a") == nullptr);
  CHECK(without.find(a->id) == nullptr);
  CHECK(without.size() == 1);
  CHECK(map.find("a") == a.get());
  CHECK(map.without("nothing").size() == 2);
}

TEST_CASE("rule 19: names that differ only in '.' and '_' collide, a name does not collide with itself") {
  const TopicMap map = TopicMap().with(topic("a.b_c"));
  REQUIRE(map.find_collision("a_b.c") != nullptr);
  CHECK(map.find_collision("a_b.c")->name == "a.b_c");
  CHECK(map.find_collision("a.b_c") == nullptr);
  CHECK(map.find_collision("a-b_c") == nullptr);
  CHECK(map.find_collision("a.b_cd") == nullptr);
}

TEST_CASE("a snapshot made at once equals one made topic by topic") {
  const TopicPtr a = topic("a");
  const TopicPtr b = topic("b");
  const TopicMap map = TopicMap::of({a, b});
  CHECK(map.size() == 2);
  CHECK(map.share("a") == a);
  CHECK(map.share(b->id) == b);
  CHECK(map.without("a").sorted() == std::vector<const Topic*>{b.get()});
  CHECK(TopicMap::of({}).empty());
}

TEST_CASE("thousands of topics: each is found, and the sorted list has all") {
  TopicMap map;
  for (int i = 0; i < 2000; ++i) map = map.with(topic("topic-" + std::to_string(i)));
  CHECK(map.size() == 2000);
  std::size_t visited = 0;
  map.for_each([&visited](const Topic&) { ++visited; });
  CHECK(visited == 2000);
  const std::vector<const Topic*> sorted = map.sorted();
  REQUIRE(sorted.size() == 2000);
  for (std::size_t i = 1; i < sorted.size(); ++i) REQUIRE(sorted[i - 1]->name < sorted[i]->name);
  for (int i = 0; i < 2000; ++i) REQUIRE(map.find("topic-" + std::to_string(i)) != nullptr);
}

}  // namespace streamline::catalog
