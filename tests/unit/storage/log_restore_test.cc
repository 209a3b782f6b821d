// A log that stopped and comes back, and what appends leave for syncs and checkpoints to write.
#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

LogOptions always_small() { return {.segment_bytes = 500, .durability = Durability::always}; }

TEST_CASE("a restore cuts what the disk has lost, and keeps every record that was synced", "[storage]") {
  Bench<MemoryPlace> bench({.durability = Durability::always});
  append_one(*bench.log, {.count = 3, .producer = ProducerId(7), .epoch = 0, .sequence = 0});
  sync(*bench.log);
  const std::uint64_t synced_bytes = bench.log->size_bytes();
  append_one(*bench.log, {.count = 2, .producer = ProducerId(7), .epoch = 0, .sequence = 3});
  bench.place.fs.fail_next({.operation = fs::Operation::sync, .path_part = ".segment"});
  sync(*bench.log);
  // The kernel may give such pages up, and read old bytes again.
  const std::vector<std::byte> zeros(20);
  REQUIRE(bench.open_file("00000000000000000000.segment")->write_at(synced_bytes + 30, zeros));
  REQUIRE(bench.store->restore_log(*bench.log, kNow));
  CHECK(bench.log->log_end() == Offset(3));
  CHECK(bench.log->high_watermark() == Offset(3));
  CHECK(append_one(*bench.log, {.producer = ProducerId(7), .epoch = 0, .sequence = 3}).base_offset == Offset(3));
  CHECK(append_one(*bench.log, {.count = 3, .producer = ProducerId(7), .epoch = 0, .sequence = 0}).duplicate);
}

TEST_CASE("a failed write that cannot be cut back stops the log until it is restored", "[storage]") {
  Bench<MemoryPlace> bench({.durability = Durability::interval});
  append_one(*bench.log, {.count = 3});
  bench.place.fs.fail_next({.operation = fs::Operation::write, .path_part = ".segment", .bytes_written = 40});
  bench.place.fs.fail_next({.operation = fs::Operation::truncate, .path_part = ".segment"});
  CHECK(append_one(*bench.log, BatchSpec{}).error == Errc::io);
  CHECK(bench.log->is_stopped());
  CHECK(append_one(*bench.log, BatchSpec{}).error == Errc::io);
  REQUIRE(bench.store->restore_log(*bench.log, kNow));
  CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(3));
  CHECK(read_all(*bench.log, Offset(0)) == std::vector<std::int64_t>{0, 3});
}

TEST_CASE("a log that was deleted is not restored", "[storage]") {
  Bench<MemoryPlace> bench({.durability = Durability::always});
  append_one(*bench.log, {.count = 3});
  bench.place.fs.fail_next({.operation = fs::Operation::sync, .path_part = ".segment"});
  sync(*bench.log);
  bench.store->forget_topic(topic_id(1));
  CHECK(bench.store->restore_log(*bench.log, kNow).error().code == Errc::closed);
  CHECK(append_one(*bench.log, BatchSpec{}).error == Errc::closed);
}

TEST_CASE("a segment that cannot be opened fails the sync, which shows nothing and succeeds later", "[storage]") {
  Bench<MemoryPlace> bench({.segment_bytes = 500, .durability = Durability::interval});
  for (int i = 0; i < 5; ++i) append_batch(*bench.log, make_batch_of(200));
  REQUIRE(bench.store->checkpoint(kNow));
  bench.reopen_killed();
  bench.place.fs.fail_next({.operation = fs::Operation::open, .path_part = ".segment", .code = Errc::too_many_files, .count = 9});
  CHECK(bench.log->begin_sync().error().code == Errc::too_many_files);
  bench.place.fs.clear_faults();
  CHECK_FALSE(bench.log->is_stopped());
  const SyncTarget target = bench.log->begin_sync().value();
  bench.log->finish_sync(target, target.run());
  CHECK(target.up_to() == Offset(5));
}

TEST_CASE("neither a first append nor a roll syncs anything; the next sync makes all of it durable", "[storage]") {
  Bench<MemoryPlace> bench(always_small());
  const auto fail_syncs = [&](fs::Operation operation) {
    bench.place.fs.fail_next({.operation = operation, .path_part = "topic", .count = 1000});
  };
  fail_syncs(fs::Operation::sync_directory);
  fail_syncs(fs::Operation::sync);
  for (int i = 0; i < 2; ++i) CHECK_FALSE(append_batch(*bench.log, make_batch_of(200)).error);
  bench.place.fs.clear_faults();
  sync(*bench.log);
  fail_syncs(fs::Operation::sync_directory);
  fail_syncs(fs::Operation::sync);
  for (int i = 0; i < 2; ++i) CHECK_FALSE(append_batch(*bench.log, make_batch_of(200)).error);
  CHECK(bench.log->segment_count() == 2);
  bench.place.fs.clear_faults();
  sync(*bench.log);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::unique_ptr<fs::MemoryFileSystem> clone = bench.place.fs.crash_clone(seed);
    Bench<MemoryPlace> after(always_small());
    after.drop();
    after.boot = "other";
    after.open(*clone);
    CHECK(read_all(*after.log, Offset(0)).size() == 4);
    after.drop();
  }
}

TEST_CASE("the manifest does not go past a roll whose files are not written yet", "[storage]") {
  Bench<MemoryPlace> bench(always_small());
  for (int i = 0; i < 5; ++i)
    append_one(*bench.log, {.value = std::string(150, 'v'), .producer = ProducerId(7), .epoch = 0, .sequence = i});
  sync(*bench.log);
  bench.place.fs.fail_next({.operation = fs::Operation::sync, .path_part = ".producers", .code = Errc::no_space});
  CHECK(bench.store->checkpoint(kNow).error().code == Errc::no_space);
  CHECK_FALSE(bench.store->manifest_entry(topic_id(1), 0));
  REQUIRE(bench.store->checkpoint(kNow));
  CHECK(bench.store->manifest_entry(topic_id(1), 0)->recovery_point == Offset(5));
}

TEST_CASE("one log that cannot be checkpointed keeps its old line, and the others get theirs", "[storage]") {
  Bench<MemoryPlace> bench({.durability = Durability::always});
  const std::shared_ptr<Log> other = bench.store->open_log("topic", topic_id(1), 1, bench.options, kNow).value();
  for (Log* log : {bench.log.get(), other.get()}) {
    append_one(*log, {.count = 3});
    sync(*log);
  }
  REQUIRE(bench.store->checkpoint(kNow));
  for (Log* log : {bench.log.get(), other.get()}) append_one(*log, {.producer = ProducerId(7), .epoch = 0, .sequence = 0});
  bench.place.fs.fail_next({.operation = fs::Operation::open, .path_part = "partition-0", .code = Errc::io, .count = 5});
  const Status failed = bench.store->checkpoint(kNow);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == Errc::io);
  CHECK_THAT(failed.error().text, Catch::Matchers::Contains("partition-0"));
  CHECK(bench.store->manifest_entry(topic_id(1), 0)->end == Offset(3));
  CHECK(bench.store->manifest_entry(topic_id(1), 1)->end == Offset(4));
}

TEST_CASE("what an epoch's end tells is not what a power cut could take back", "[storage]") {
  Bench<MemoryPlace> bench({.durability = Durability::always});
  append_one(*bench.log, {.count = 3});
  sync(*bench.log);
  append_one(*bench.log, {.count = 2});
  CHECK(bench.log->end_offset_for_epoch(LeaderEpoch(0)).end_offset == Offset(3));
  sync(*bench.log);
  CHECK(bench.log->end_offset_for_epoch(LeaderEpoch(0)).end_offset == Offset(5));
}

}  // namespace
}  // namespace streamline::storage::test
