// The syncer on its own: one sync for all that waits, lazy syncs, and what a failed one leaves behind.
#include "broker/syncer.h"

#include <condition_variable>

#include "support/watched_files.h"
#include "unit/storage/fixture.h"

using namespace streamline;
using namespace streamline::broker;

namespace {

/// Progress as the syncer tells it; wait_for() sees all of it in order.
class ProgressList {
 public:
  void add(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    bytes_.push_back(bytes);
    changed_.notify_all();
  }
  std::vector<std::int64_t> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return bytes_.size() >= count; });
    return bytes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::int64_t> bytes_;
};

struct Fixture {
  explicit Fixture(storage::Durability durability = storage::Durability::always) : options{.durability = durability} {
    auto opened = storage::LogStore::open(files, {.data_directory = "data", .node_id = NodeId(1), .cluster_id = {}, .boot_id = "boot"});
    REQUIRE(opened);
    store = *std::move(opened);
    REQUIRE(files.make_directories(store->layout().topic("topic")));
    auto log = store->create_log("topic", storage::test::topic_id(1), 0, options, storage::test::kNow);
    REQUIRE(log);
    partition = std::make_shared<Partition>(0, PartitionId{.topic = "topic", .topic_id = {}, .index = 0}, *std::move(log));
  }
  /// As after a kill.
  void reopen() {
    partition.reset();
    store.reset();
    auto opened = storage::LogStore::open(files, {.data_directory = "data", .node_id = NodeId(1), .cluster_id = {}, .boot_id = "boot"});
    REQUIRE(opened);
    store = *std::move(opened);
    auto log = store->open_log("topic", storage::test::topic_id(1), 0, options, storage::test::kNow);
    REQUIRE(log);
    partition = std::make_shared<Partition>(0, PartitionId{.topic = "topic", .topic_id = {}, .index = 0}, *std::move(log));
  }
  void append() {
    const std::lock_guard lock(partition->mutex());
    const auto item = storage::test::append_one(partition->log(), {});
    REQUIRE_FALSE(item.error);
    if (options.durability == storage::Durability::always) {
      syncer.appended(partition, 10);
    } else {
      syncer.appended_lazily(partition, std::chrono::milliseconds(1));
    }
  }

  fs::MemoryFileSystem memory;
  test::WatchedFiles files{memory};
  storage::LogOptions options;
  std::unique_ptr<storage::LogStore> store;
  std::shared_ptr<Partition> partition;
  ProgressList progress;
  Pool pool{2};
  Syncer syncer{pool,
                {.on_progress = [this](const std::shared_ptr<Partition>&, std::int64_t bytes) { progress.add(bytes); },
                 .restore = [this](storage::Log& log) { return store->restore_log(log, storage::test::kNow); }}};
};

using Bytes = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("what is appended during a sync goes with the next one, all together") {
  Fixture fixture;
  fixture.files.hold_syncs();
  fixture.append();
  fixture.files.await_held(1);
  for (int i = 0; i < 50; ++i) fixture.append();
  CHECK(fixture.partition->log().high_watermark() == Offset(0));
  fixture.files.release_syncs();
  // The second may be told of first: each tells of its own bytes.
  CHECK_THAT(fixture.progress.wait_for(2), Catch::Matchers::UnorderedEquals(Bytes{10, 500}));
  fixture.pool.stop();
  CHECK(fixture.files.segment_syncs() == 2);
  CHECK(fixture.partition->log().high_watermark() == Offset(51));
}

TEST_CASE("an append that nobody waits for is synced later, without being told of") {
  Fixture fixture(storage::Durability::interval);
  fixture.append();
  CHECK(fixture.partition->log().high_watermark() == Offset(1));
  CHECK(fixture.progress.wait_for(1) == Bytes{0});
  fixture.pool.stop();
  CHECK(fixture.partition->log().unsynced_bytes() == 0);
  CHECK(fixture.files.segment_syncs() == 1);
}

TEST_CASE("after a failed sync the partition refuses writes and shows nothing of what was lost, until its disk works again") {
  Fixture fixture;
  fixture.append();
  REQUIRE(fixture.progress.wait_for(1) == Bytes{10});
  fixture.memory.fail_next({.operation = fs::Operation::sync, .path_part = ".segment", .code = Errc::io, .count = 1'000'000});
  fixture.append();
  CHECK(fixture.progress.wait_for(2) == Bytes{10, 0});
  CHECK(fixture.partition->log().is_stopped());
  CHECK(fixture.partition->log().high_watermark() == Offset(1));
  {
    const std::lock_guard lock(fixture.partition->mutex());
    CHECK(storage::test::append_one(fixture.partition->log(), {}).error == Errc::io);
  }
  fixture.memory.clear_faults();
  CHECK(fixture.progress.wait_for(3) == Bytes{10, 0, 0});
  CHECK_FALSE(fixture.partition->log().is_stopped());
  CHECK(fixture.partition->log().high_watermark() == Offset(2));
  fixture.append();
  CHECK(fixture.progress.wait_for(4).back() == 10);
  CHECK(fixture.partition->log().high_watermark() == Offset(3));
}

TEST_CASE("a sync whose files cannot be opened tells nobody of progress, and is tried again") {
  Fixture fixture;
  {
    // What a run before this one has appended, and not synced.
    const std::lock_guard lock(fixture.partition->mutex());
    for (int i = 0; i < 3; ++i) REQUIRE_FALSE(storage::test::append_one(fixture.partition->log(), {}).error);
  }
  REQUIRE(fixture.store->checkpoint(storage::test::kNow));
  fixture.options.durability = storage::Durability::interval;
  fixture.reopen();
  fixture.partition->log().set_options({.durability = storage::Durability::always});
  fixture.memory.fail_next({.operation = fs::Operation::open, .path_part = ".segment", .code = Errc::too_many_files, .count = 2});
  {
    const std::lock_guard lock(fixture.partition->mutex());
    fixture.syncer.appended(fixture.partition, 30);
  }
  CHECK(fixture.progress.wait_for(1) == Bytes{30});
  CHECK(fixture.partition->log().unsynced_bytes() == 0);
  CHECK_FALSE(fixture.partition->log().is_stopped());
}
