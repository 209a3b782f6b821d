// Waiters on partitions: who is told, and when a partition stops telling.
#include "broker/waiter.h"

#include "broker/partition.h"
#include "unit/storage/fixture.h"

using namespace streamline;
using namespace streamline::broker;

namespace {

class Recorder final : public Waiter {
 public:
  void on_progress(std::int64_t bytes) override {
    told.push_back(bytes);
    if (leaves) unlink();
  }
  std::vector<std::int64_t> told;
  bool leaves = false;
};

struct Fixture {
  storage::test::Bench<storage::test::MemoryPlace> bench;
  std::shared_ptr<Partition> first = make(0);
  std::shared_ptr<Partition> second = make(5);
  WaiterTable table{3};
  std::shared_ptr<Partition> make(std::uint32_t number) {
    return std::make_shared<Partition>(number, PartitionId{.topic = "topic", .topic_id = {}, .index = 0}, bench.log);
  }
};

using Told = std::vector<std::int64_t>;
constexpr std::uint64_t kBit3 = 8;

}  // namespace

TEST_CASE("every waiter of a partition is told, and no other") {
  Fixture fixture;
  Recorder a;
  Recorder b;
  Recorder other;
  fixture.table.add(*fixture.first, a);
  fixture.table.add(*fixture.first, b);
  fixture.table.add(*fixture.second, other);
  fixture.table.progress(*fixture.first, 70);
  fixture.table.progress(*fixture.first, 0);
  CHECK(a.told == Told{70, 0});
  CHECK(b.told == Told{70, 0});
  CHECK(other.told.empty());
}

TEST_CASE("a partition tells a reactor as long as one waits there") {
  Fixture fixture;
  CHECK(fixture.first->listeners() == 0);
  {
    Recorder waiter;
    fixture.table.add(*fixture.first, waiter);
    CHECK(fixture.first->listeners() == kBit3);
    fixture.table.progress(*fixture.first, 1);
    CHECK(fixture.first->listeners() == kBit3);
  }
  // The waiter has gone: the next progress finds nobody and ends the telling.
  fixture.table.progress(*fixture.first, 1);
  CHECK(fixture.first->listeners() == 0);
}

TEST_CASE("waiters may leave while they are told") {
  Fixture fixture;
  Recorder a;
  Recorder b;
  Recorder c;
  a.leaves = c.leaves = true;
  for (Recorder* waiter : {&a, &b, &c}) fixture.table.add(*fixture.first, *waiter);
  fixture.table.progress(*fixture.first, 1);
  fixture.table.progress(*fixture.first, 2);
  CHECK(a.told == Told{1});
  CHECK(b.told == Told{1, 2});
  CHECK(c.told == Told{1});
  b.leaves = true;
  fixture.table.progress(*fixture.first, 3);
  CHECK(fixture.first->listeners() == 0);
}

TEST_CASE("progress of a partition that nobody ever waited for is harmless") {
  Fixture fixture;
  fixture.table.progress(*fixture.second, 10);
  CHECK(fixture.second->listeners() == 0);
}
