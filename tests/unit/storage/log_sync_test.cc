// What is durable, and what readers may see of it.
#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

LogOptions always_small() { return {.segment_bytes = 500, .durability = Durability::always}; }

ON_EACH_FILE_SYSTEM("rule 44: in always the high watermark moves with the sync") {
  Bench<TestType> bench({.durability = Durability::always});
  append_one(*bench.log, {.count = 3});
  CHECK(bench.log->log_end() == Offset(3));
  CHECK(bench.log->high_watermark() == Offset(0));
  const SyncTarget target = bench.log->begin_sync().value();
  append_one(*bench.log, {.count = 2});
  bench.log->finish_sync(target, target.run());
  CHECK(target.up_to() == Offset(3));
  CHECK(bench.log->high_watermark() == Offset(3));
  CHECK(bench.log->unsynced_bytes() > 0);
  sync(*bench.log);
  CHECK(bench.log->high_watermark() == Offset(5));
  CHECK(bench.log->unsynced_bytes() == 0);
  CHECK(bench.log->begin_sync().value().empty());
}

ON_EACH_FILE_SYSTEM("a change of durability takes effect at once") {
  Bench<TestType> bench({.durability = Durability::always});
  append_one(*bench.log, {.count = 3});
  bench.log->set_options({.durability = Durability::interval});
  CHECK(bench.log->high_watermark() == Offset(3));
  bench.log->set_options({.durability = Durability::always});
  append_one(*bench.log, {.count = 3});
  CHECK(bench.log->high_watermark() == Offset(3));
  sync(*bench.log);
  CHECK(bench.log->high_watermark() == Offset(6));
}

TEST_CASE("a sync covers every segment that was rolled since the last", "[storage]") {
  Bench<MemoryPlace> bench(always_small());
  for (int i = 0; i < 10; ++i) append_batch(*bench.log, make_batch_of(200));
  CHECK(bench.log->segment_count() == 5);
  sync(*bench.log);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    MemoryPlace place;
    const std::unique_ptr<fs::MemoryFileSystem> clone = bench.place.fs.crash_clone(seed);
    Bench<MemoryPlace> after(always_small());
    after.drop();
    after.boot = "other";
    after.open(*clone);
    CHECK(after.log->log_end() == Offset(10));
    CHECK(read_all(*after.log, Offset(0)).size() == 10);
    after.drop();
  }
}

TEST_CASE("after a failed sync nothing is shown and writes are refused until the log is reopened", "[storage]") {
  Bench<MemoryPlace> bench({.durability = Durability::always});
  append_one(*bench.log, {.count = 3});
  sync(*bench.log);
  append_one(*bench.log, {.count = 3});
  bench.place.fs.fail_next({.operation = fs::Operation::sync, .path_part = ".segment"});
  sync(*bench.log);
  CHECK(bench.log->high_watermark() == Offset(3));
  CHECK(append_one(*bench.log, BatchSpec{}).error == Errc::io);
  CHECK(bench.log->is_stopped());
  CHECK(bench.log->begin_sync().error().code == Errc::io);
  CHECK(read_all(*bench.log, Offset(0)) == std::vector<std::int64_t>{0});
  REQUIRE(bench.store->checkpoint(kNow));
  CHECK(bench.store->manifest_entry(topic_id(1), 0)->end == Offset(3));
  bench.reopen_killed();
  CHECK(bench.log->high_watermark() == Offset(6));
  CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(6));
}

TEST_CASE("a log whose sync failed is reopened in place, and what the cache held is written again before it is shown", "[storage]") {
  Bench<MemoryPlace> bench({.segment_bytes = 500, .durability = Durability::always});
  append_batch(*bench.log, make_batch_of(200));
  sync(*bench.log);
  for (int i = 0; i < 5; ++i) append_batch(*bench.log, make_batch_of(200));
  bench.place.fs.fail_next({.operation = fs::Operation::sync, .path_part = ".segment"});
  sync(*bench.log);
  // While the disk goes on failing, the log stays stopped.
  bench.place.fs.fail_next({.operation = fs::Operation::sync, .path_part = ".segment"});
  CHECK(bench.store->restore_log(*bench.log, kNow).error().code == Errc::io);
  CHECK(append_one(*bench.log, BatchSpec{}).error == Errc::io);
  CHECK(bench.log->high_watermark() == Offset(1));
  REQUIRE(bench.store->restore_log(*bench.log, kNow));
  CHECK(bench.log->generation() == 1);
  CHECK(bench.log->high_watermark() == Offset(6));
  CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(6));
  sync(*bench.log);
  REQUIRE(bench.store->checkpoint(kNow));
  CHECK_FALSE(bench.store->manifest_entry(topic_id(1), 0)->sync_failed);
  CHECK(read_all(*bench.log, Offset(0)) == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6});
  CHECK(bench.store->restore_log(*bench.log, kNow).error().code == Errc::invalid_argument);
}

TEST_CASE("after a failed sync a restart writes again what it shows", "[storage]") {
  Bench<MemoryPlace> bench({.durability = Durability::always});
  append_one(*bench.log, {.count = 3});
  bench.place.fs.fail_next({.operation = fs::Operation::sync, .path_part = ".segment"});
  sync(*bench.log);
  CHECK_FALSE(bench.store->close(kNow));
  CHECK(bench.store->manifest_entry(topic_id(1), 0)->sync_failed);
  bench.drop();
  bench.place.fs.fail_next({.operation = fs::Operation::write, .path_part = ".segment", .code = Errc::no_space});
  Result<std::unique_ptr<LogStore>> store = LogStore::open(bench.place.fs, {.data_directory = "data/d", .boot_id = bench.boot});
  REQUIRE(store);
  CHECK((*store)->open_log("topic", topic_id(1), 0, bench.options, kNow).error().code == Errc::no_space);
  CHECK((*store)->open_log("topic", topic_id(1), 0, bench.options, kNow).value()->high_watermark() == Offset(3));
}

TEST_CASE("a sync that overlaps a failed one shows nothing", "[storage]") {
  Bench<MemoryPlace> bench({.durability = Durability::always});
  append_one(*bench.log, {.count = 3});
  const SyncTarget first = bench.log->begin_sync().value();
  const SyncTarget second = bench.log->begin_sync().value();
  bench.log->finish_sync(first, fail(Errc::io, "lost"));
  bench.log->finish_sync(second, second.run());
  CHECK(bench.log->high_watermark() == Offset(0));
}

TEST_CASE("an orderly stop syncs every mode, so that a later power loss finds all of it", "[storage]") {
  for (const Durability durability : {Durability::always, Durability::interval, Durability::none}) {
    Bench<MemoryPlace> bench({.segment_bytes = 500, .durability = durability});
    for (int i = 0; i < 10; ++i) append_batch(*bench.log, make_batch_of(200));
    REQUIRE(bench.store->close(kNow));
    CHECK(append_one(*bench.log, BatchSpec{}).error == Errc::closed);
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      const std::unique_ptr<fs::MemoryFileSystem> clone = bench.place.fs.crash_clone(seed);
      Bench<MemoryPlace> after({.segment_bytes = 500, .durability = durability});
      after.drop();
      after.boot = "other";
      after.open(*clone);
      CHECK(after.store->last_stop() == LastStop::clean);
      CHECK(after.log->recovery().scanned_bytes == 0);
      CHECK(after.log->high_watermark() == Offset(10));
      after.drop();
    }
  }
}

}  // namespace
}  // namespace streamline::storage::test
