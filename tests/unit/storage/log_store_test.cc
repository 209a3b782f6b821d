// The data directory: who may use it, what it remembers, and how topics leave it.
#include <set>

#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

template <class Place>
Result<std::unique_ptr<LogStore>> open_store(Place& place, int node = 1) {
  return LogStore::open(place.fs, {.data_directory = place.root + "/d", .node_id = NodeId(node), .boot_id = "b"});
}

ON_EACH_FILE_SYSTEM("a directory is used by one store at a time, and the refusal names the process") {
  TestType place;
  const Result<std::unique_ptr<LogStore>> first = open_store(place);
  REQUIRE(first);
  const Result<std::unique_ptr<LogStore>> second = open_store(place);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::locked);
  CHECK(second.error().text.find(std::to_string(::getpid())) != std::string::npos);
}

ON_EACH_FILE_SYSTEM("the cluster id stays, and another node is refused") {
  TestType place;
  Uuid id;
  {
    const Result<std::unique_ptr<LogStore>> store = open_store(place);
    REQUIRE(store);
    id = (*store)->cluster_id();
    CHECK_FALSE(id.is_zero());
    CHECK((*store)->last_stop() == LastStop::first_start);
  }
  CHECK(open_store(place).value()->cluster_id() == id);
  const Result<std::unique_ptr<LogStore>> other = open_store(place, 2);
  REQUIRE_FALSE(other);
  CHECK(other.error().code == Errc::conflict);
  CHECK(other.error().text.find("belongs to node 1, this is node 2") != std::string::npos);
}

ON_EACH_FILE_SYSTEM("a directory of another format version is refused with both versions, and not touched") {
  TestType place;
  REQUIRE(place.fs.make_directories(place.root + "/d"));
  const std::string meta = place.root + "/d/meta.json";
  REQUIRE(fs::replace_file(place.fs, meta, as_bytes("{\"format_version\": 99, \"cluster_id\": \"x\", \"node_id\": 1}")));
  const Result<std::unique_ptr<LogStore>> store = open_store(place);
  REQUIRE_FALSE(store);
  CHECK(store.error().code == Errc::unsupported);
  CHECK(store.error().text == meta + ": the directory has format version 99; this program reads version 1");
  CHECK(place.fs.list(place.root + "/d").value() == std::vector<std::string>{"lock", "meta.json"});
}

ON_EACH_FILE_SYSTEM("a directory with topics but without meta.json is refused, because its cluster id is lost") {
  TestType place;
  REQUIRE(place.fs.make_directories(place.root + "/d/topics/orders"));
  const Result<std::unique_ptr<LogStore>> store = open_store(place);
  REQUIRE_FALSE(store);
  CHECK(store.error().code == Errc::corrupt);
  CHECK(store.error().text.starts_with(place.root + "/d/meta.json is missing"));
}

ON_EACH_FILE_SYSTEM("producer ids come in blocks that never repeat, over kills too") {
  TestType place;
  std::int64_t next = 0;
  for (int run = 0; run < 3; ++run) {
    const Result<std::unique_ptr<LogStore>> store = open_store(place);
    REQUIRE(store);
    for (int i = 0; i < 3; ++i) {
      const Result<ProducerIdBlock> block = (*store)->next_producer_ids();
      REQUIRE(block);
      CHECK(block->first == ProducerId(next));
      next += block->count;
    }
  }
}

TEST_CASE("a producer-id block that was handed out is not handed out again after a power loss", "[storage]") {
  MemoryPlace place;
  const Result<std::unique_ptr<LogStore>> store = open_store(place);
  REQUIRE(store);
  REQUIRE((*store)->next_producer_ids());
  const std::int64_t free = (*store)->next_producer_ids()->first.value + 1000;
  place.fs.fail_next({.operation = fs::Operation::sync_directory, .path_part = "d"});
  CHECK_FALSE((*store)->next_producer_ids());
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::unique_ptr<fs::MemoryFileSystem> clone = place.fs.crash_clone(seed);
    Result<std::unique_ptr<LogStore>> after = LogStore::open(*clone, {.data_directory = place.root + "/d"});
    REQUIRE(after);
    CHECK((*after)->next_producer_ids()->first.value >= free);
  }
}

ON_EACH_FILE_SYSTEM("a log is opened once, and made only where there is none") {
  Bench<TestType> bench;
  CHECK(bench.store->open_log("topic", topic_id(1), 0, bench.options, kNow).value() == bench.log);
  append_one(*bench.log, BatchSpec{});
  CHECK(bench.store->create_log("topic", topic_id(1), 0, bench.options, kNow).error().code == Errc::already_exists);
  const Result<std::shared_ptr<Log>> fresh = bench.store->create_log("fresh", topic_id(2), 7, bench.options, kNow);
  REQUIRE(fresh);
  CHECK(append_one(**fresh, BatchSpec{}).base_offset == Offset(0));
  CHECK(bench.place.fs.exists(bench.store->layout().partition("fresh", 7)));
}

ON_EACH_FILE_SYSTEM("a removed topic is gone over a restart, and made again it starts at 0") {
  Bench<TestType> bench;
  append_one(*bench.log, {.count = 5});
  REQUIRE(bench.store->checkpoint(kNow));
  REQUIRE(bench.store->remove_topic("topic", topic_id(1)));
  CHECK(append_one(*bench.log, BatchSpec{}).error == Errc::closed);
  CHECK_FALSE(bench.place.fs.exists(bench.store->layout().topic("topic")));
  CHECK_FALSE(bench.store->manifest_entry(topic_id(1), 0));
  REQUIRE(bench.store->purge_removed());
  CHECK(bench.place.fs.list(bench.store->layout().deleted()).value().empty());
  const Result<std::shared_ptr<Log>> again = bench.store->create_log("topic", topic_id(2), 0, bench.options, kNow);
  REQUIRE(again);
  CHECK(append_one(**again, BatchSpec{}).base_offset == Offset(0));
}

TEST_CASE("a removed topic never comes back from a power loss", "[storage]") {
  Bench<MemoryPlace> bench;
  append_one(*bench.log, {.count = 5});
  sync(*bench.log);
  REQUIRE(bench.store->remove_topic("topic", topic_id(1)));
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CHECK_FALSE(bench.place.fs.crash_clone(seed)->exists(bench.store->layout().topic("topic")));
  }
}

ON_EACH_FILE_SYSTEM("a checkpoint writes only when something changed") {
  Bench<TestType> bench;
  append_one(*bench.log, BatchSpec{});
  REQUIRE(bench.store->checkpoint(kNow));
  REQUIRE(bench.place.fs.remove(bench.store->layout().manifest()));
  REQUIRE(bench.store->checkpoint(kNow));
  CHECK_FALSE(bench.place.fs.exists(bench.store->layout().manifest()));
  append_one(*bench.log, BatchSpec{});
  REQUIRE(bench.store->checkpoint(kNow));
  CHECK(bench.place.fs.exists(bench.store->layout().manifest()));
}

ON_EACH_FILE_SYSTEM("the clean mark is there only after an orderly stop and goes with the next start") {
  Bench<TestType> bench;
  const std::string mark = bench.store->layout().clean_mark();
  CHECK_FALSE(bench.place.fs.exists(mark));
  REQUIRE(bench.store->close(kNow));
  CHECK(bench.place.fs.exists(mark));
  bench.drop();
  bench.open(bench.place.fs);
  CHECK(bench.store->last_stop() == LastStop::clean);
  CHECK_FALSE(bench.place.fs.exists(mark));
}

TEST_CASE("a stop that could not sync everything leaves no clean mark", "[storage]") {
  Bench<MemoryPlace> bench;
  append_one(*bench.log, BatchSpec{});
  bench.place.fs.fail_next({.operation = fs::Operation::sync, .path_part = ".segment"});
  CHECK_FALSE(bench.store->close(kNow));
  CHECK_FALSE(bench.place.fs.exists(bench.store->layout().clean_mark()));
}

TEST_CASE("a failed checkpoint is written by the next one", "[storage]") {
  Bench<MemoryPlace> bench;
  append_one(*bench.log, BatchSpec{});
  bench.place.fs.fail_next({.operation = fs::Operation::rename, .path_part = "manifest"});
  CHECK_FALSE(bench.store->checkpoint(kNow));
  REQUIRE(bench.store->checkpoint(kNow));
  bench.reopen_killed();
  CHECK(bench.log->recovery().scanned_bytes == 0);
}

TEST_CASE("the boot id of this machine can be read", "[storage]") {
  fs::PosixFileSystem posix;
  fs::MemoryFileSystem memory;
  CHECK(current_boot_id(posix).size() >= 36);
  CHECK(current_boot_id(memory).empty());
}

}  // namespace
}  // namespace streamline::storage::test
