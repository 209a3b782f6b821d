// The syncer on its own: one sync for all that waits, lazy syncs, and what a failed one leaves behind.
#include "broker/syncer.h"

#include <condition_variable>

#include "broker/turn_syncs.h"
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
  explicit Fixture(storage::Durability durability = storage::Durability::always, std::chrono::nanoseconds quick = Syncer::kQuick)
      : options{.durability = durability}, quick_sync(quick) {
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
      syncer.appended(partition, 10, turn);
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
  const std::chrono::nanoseconds quick_sync;
  TurnSyncs* turn = nullptr;  // whose turn it is when append() is called
  Syncer syncer{pool,
                {.on_progress = [this](const std::shared_ptr<Partition>&, std::int64_t bytes, Shard*) { progress.add(bytes); },
                 .restore = [this](storage::Log& log) { return store->restore_log(log, storage::test::kNow); }},
                quick_sync};
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
    fixture.syncer.appended(fixture.partition, 30, nullptr);
  }
  CHECK(fixture.progress.wait_for(1) == Bytes{30});
  CHECK(fixture.partition->log().unsynced_bytes() == 0);
  CHECK_FALSE(fixture.partition->log().is_stopped());
}

namespace {

/// A reactor's turns over one partition, after a sync on the pool.
struct TurnFixture : Fixture {
  explicit TurnFixture(std::chrono::nanoseconds limit = std::chrono::hours(1)) : Fixture(storage::Durability::always, limit) {
    append();
    progress.wait_for(1);
    turn = &syncs;
  }
  /// A turn that serves these connections, each of which appends.
  bool run_turn(std::initializer_list<const char*> connections) {
    for (const char* connection : connections) {
      syncs.note_request(connection);
      append();
    }
    return syncs.run(nullptr);
  }

  ManualClock clock;
  std::unique_ptr<net::Reactor> reactor = *net::Reactor::create(clock);
  TurnSyncs syncs{syncer, *reactor};
};

constexpr const char* kOne = "one";
constexpr const char* kOther = "other";

}  // namespace

TEST_CASE("the sync of the only client is done before its turn ends") {
  TurnFixture fixture;
  for (int i = 0; i < 3; ++i) {
    CHECK(fixture.run_turn({kOne}));
    CHECK(fixture.partition->log().high_watermark() == Offset(2 + i));
  }
  CHECK(fixture.progress.wait_for(4) == Bytes{10, 10, 10, 10});
}

TEST_CASE("the first sync of all is the pool's, because nobody knows how long one takes") {
  Fixture fixture(storage::Durability::always, std::chrono::hours(1));
  ManualClock clock;
  const auto reactor = *net::Reactor::create(clock);
  TurnSyncs syncs(fixture.syncer, *reactor);
  fixture.turn = &syncs;
  fixture.append();
  CHECK_FALSE(syncs.run(nullptr));
  CHECK(fixture.progress.wait_for(1) == Bytes{10});
}

TEST_CASE("on a slow disk the pool does the syncs") {
  TurnFixture fixture(std::chrono::nanoseconds(0));
  CHECK_FALSE(fixture.run_turn({kOne}));
  CHECK(fixture.progress.wait_for(2) == Bytes{10, 10});
}

TEST_CASE("a turn with two clients leaves its sync to the pool") {
  TurnFixture fixture;
  CHECK_FALSE(fixture.run_turn({kOne, kOther}));
  CHECK(fixture.progress.wait_for(2) == Bytes{10, 20});
}

TEST_CASE("a client that a sync kept waiting sends the next ones to the pool for a while") {
  TurnFixture fixture;
  REQUIRE(fixture.run_turn({kOne}));
  fixture.syncs.note_request(kOther);
  CHECK_FALSE(fixture.syncs.run(nullptr));
  CHECK_FALSE(fixture.run_turn({kOne}));
  CHECK(fixture.progress.wait_for(3) == Bytes{10, 10, 10});
  fixture.clock.advance_ms(TurnSyncs::kPauseMs);
  fixture.reactor->run_turn(0);
  CHECK(fixture.run_turn({kOne}));
}

TEST_CASE("a client that comes after a turn without a sync has waited for nothing") {
  TurnFixture fixture;
  REQUIRE(fixture.run_turn({kOne}));
  CHECK_FALSE(fixture.syncs.run(nullptr));
  CHECK(fixture.run_turn({kOther}));
}

TEST_CASE("what a reactor still wants synced when it ends goes to the pool") {
  TurnFixture fixture;
  fixture.append();
  fixture.syncs.hand_over();
  CHECK(fixture.progress.wait_for(2) == Bytes{10, 10});
}
