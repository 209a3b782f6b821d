// Objects that are used again.
#include "broker/object_pool.h"

#include <catch2/catch.hpp>
#include <utility>

using namespace streamline::broker;

namespace {
struct Counted {
  Counted(int& alive, int number) : alive_(alive), made_as(number) { ++alive_; }
  ~Counted() { --alive_; }
  int& alive_;
  int made_as;
};
}  // namespace

TEST_CASE("an object given back is taken again, last in first out, as it is") {
  int alive = 0;
  ObjectPool<Counted> pool(2);
  auto a = pool.take(alive, 1);
  auto b = pool.take(alive, 2);
  Counted* const first = a.get();
  Counted* const second = b.get();
  pool.give_back(std::move(a));
  pool.give_back(std::move(b));
  const auto again = pool.take(alive, 3);
  CHECK(again.get() == second);
  CHECK(again->made_as == 2);
  CHECK(pool.take(alive, 4).get() == first);
}

TEST_CASE("no more idle objects are kept than asked for") {
  int alive = 0;
  {
    ObjectPool<Counted> pool(1);
    auto a = pool.take(alive, 1);
    auto b = pool.take(alive, 2);
    CHECK(alive == 2);
    pool.give_back(std::move(a));
    pool.give_back(std::move(b));
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}
