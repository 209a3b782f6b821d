// What goes wrong between two parts that are right alone: retention and appends, restorations and syncs, deletion and readers.
#include <atomic>
#include <thread>

#include "unit/storage/fixture.h"
#include "unit/storage/probed_file_system.h"

namespace streamline::storage::test {
namespace {

constexpr ProducerId kProducer{7};

AppendItem produce(Log& log, std::int32_t sequence, const std::string& value = "value") {
  return append_one(log, {.value = value, .producer = kProducer, .epoch = 0, .sequence = sequence});
}

TEST_CASE("retention beside rolling appends never takes a record that is not old", "[storage]") {
  constexpr std::int64_t kOld = 1000;
  constexpr std::int64_t kYoung = 1'000'000'000;
  const WallTime now{kYoung};
  for (int round = 0; round < 200; ++round) {
    Bench<MemoryPlace> bench({.segment_ms = 0, .preallocate_bytes = 0, .durability = Durability::interval, .retention = {.ms = 5000}});
    std::atomic<bool> done = false;
    Offset furthest{0};
    std::jthread retention([&] {
      while (!done) {
        if (const Result<Offset> start = bench.log->retention_start(now)) furthest = std::max(furthest, *start);
      }
    });
    for (int i = 0; i < 10; ++i) append_one(*bench.log, {.timestamp = kOld}, now);
    append_one(*bench.log, {.timestamp = kYoung}, now);
    done = true;
    retention.join();
    REQUIRE(furthest <= Offset(10));
  }
}

ON_EACH_FILE_SYSTEM("rule 49: records deleted before a log was opened leave its producers known") {
  Bench<TestType> bench({.segment_bytes = 300, .durability = Durability::always});
  for (std::int32_t i = 0; i < 6; ++i) produce(*bench.log, i, std::string(150, 'v'));
  sync(*bench.log);
  bench.reopen_clean();
  REQUIRE(bench.delete_before(bench.log->high_watermark()));
  CHECK(produce(*bench.log, 5, std::string(150, 'v')).duplicate);
  bench.reopen_killed();
  CHECK(bench.log->log_start() == Offset(6));
  CHECK(produce(*bench.log, 5, std::string(150, 'v')).duplicate);
  CHECK(produce(*bench.log, 7).error == Errc::out_of_order_sequence);
}

/// Whose producer is known by one snapshot alone: its batches are deleted, and older snapshots are pruned.
void leave_one_snapshot(Bench<MemoryPlace>& bench) {
  for (std::int32_t i = 0; i < 6; ++i) produce(*bench.log, i, std::string(150, 'v'));
  sync(*bench.log);
  REQUIRE(bench.delete_before(bench.log->high_watermark()));
  bench.reopen_clean();
  CHECK(produce(*bench.log, 5, std::string(150, 'v')).duplicate);  // opens it
}

TEST_CASE("a close that fails takes no producer along whose batches are deleted", "[storage]") {
  for (const fs::Operation failing :
       {fs::Operation::open, fs::Operation::truncate, fs::Operation::write, fs::Operation::sync, fs::Operation::rename}) {
    Bench<MemoryPlace> bench({.segment_bytes = 300, .durability = Durability::always});
    leave_one_snapshot(bench);
    bench.place.fs.fail_next({.operation = failing, .path_part = ".producers", .bytes_written = 10});
    CHECK_FALSE(bench.store->close(kNow));
    bench.place.fs.clear_faults();
    bench.reopen_killed();
    CHECK(produce(*bench.log, 5, std::string(150, 'v')).duplicate);
    CHECK(produce(*bench.log, 7).error == Errc::out_of_order_sequence);
  }
}

TEST_CASE("a power cut at any step of a close takes no producer along whose batches are deleted", "[storage]") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Bench<MemoryPlace> bench({.segment_bytes = 300, .durability = Durability::always});
    leave_one_snapshot(bench);
    // The close gets so far, and then the power goes.
    static constexpr fs::Operation kSteps[] = {fs::Operation::open, fs::Operation::truncate, fs::Operation::write,
                                               fs::Operation::sync, fs::Operation::rename,   fs::Operation::sync_directory};
    bench.place.fs.fail_next({.operation = kSteps[seed % std::size(kSteps)],
                              .path_part = seed % 2 == 0 ? ".producers" : "",
                              .skip = static_cast<int>(seed / 12 % 3),
                              .bytes_written = seed % 50});
    static_cast<void>(bench.store->close(kNow));
    const std::unique_ptr<fs::MemoryFileSystem> after = bench.place.fs.crash_clone(seed);
    bench.drop();
    bench.boot = "boot-2";
    bench.open(*after);
    INFO("seed " << seed);
    CHECK(produce(*bench.log, 5, std::string(150, 'v')).duplicate);
    bench.drop();
  }
}

TEST_CASE("a file that cannot be read for now is waited for, and not taken for a damaged one", "[storage]") {
  for (const std::string file : {".producers", "epochs"}) {
    Bench<MemoryPlace> bench({.segment_bytes = 300, .durability = Durability::always});
    REQUIRE(bench.log->set_leader_epoch(LeaderEpoch(2)));
    leave_one_snapshot(bench);
    REQUIRE(bench.log->set_leader_epoch(LeaderEpoch(3)));
    bench.reopen_clean();
    bench.place.fs.fail_next({.operation = fs::Operation::read, .path_part = file});
    CHECK(produce(*bench.log, 5, std::string(150, 'v')).error == Errc::io);
    CHECK(produce(*bench.log, 5, std::string(150, 'v')).duplicate);
    CHECK(bench.log->end_offset_for_epoch(LeaderEpoch(2)) == EpochEnd{LeaderEpoch(2), Offset(6)});
  }
}

ON_EACH_FILE_SYSTEM("a damaged producer snapshot goes, and the next checkpoint writes one in its place") {
  Bench<TestType> bench({.durability = Durability::always});
  for (std::int32_t i = 0; i < 6; ++i) produce(*bench.log, i);
  sync(*bench.log);
  REQUIRE(bench.store->checkpoint(kNow));
  const std::string name = "00000000000000000006.producers";
  const std::vector<std::byte> whole = bench.place.fs.read_file(bench.partition_path(name)).value();
  REQUIRE(bench.open_file(name)->truncate(30));
  bench.reopen_killed();
  CHECK(bench.log->recovery().rebuilt_files == 1);
  CHECK_FALSE(bench.place.fs.exists(bench.partition_path(name)));
  CHECK(produce(*bench.log, 1).duplicate);
  REQUIRE(bench.store->checkpoint(kNow));
  CHECK(bench.place.fs.read_file(bench.partition_path(name)).value().size() == whole.size());
}

TEST_CASE("a sync that a restoration has overtaken makes nothing visible", "[storage]") {
  Bench<MemoryPlace> bench({.durability = Durability::always});
  produce(*bench.log, 0);
  sync(*bench.log);
  const std::uint64_t synced_bytes = bench.log->size_bytes();
  produce(*bench.log, 1, "lost");
  const SyncTarget slow = bench.log->begin_sync().value();
  const Status slow_outcome = slow.run();
  bench.place.fs.fail_next({.operation = fs::Operation::sync, .path_part = ".segment"});
  sync(*bench.log);
  REQUIRE(bench.open_file("00000000000000000000.segment")->write_at(synced_bytes + 30, std::vector<std::byte>(20)));
  REQUIRE(bench.store->restore_log(*bench.log, kNow));
  REQUIRE(bench.log->log_end() == Offset(1));
  produce(*bench.log, 1, "new");
  bench.log->finish_sync(slow, slow_outcome);
  CHECK(bench.log->high_watermark() == Offset(1));
  sync(*bench.log);
  CHECK(bench.log->high_watermark() == Offset(2));
}

ON_EACH_FILE_SYSTEM("a first segment that is gone after an orderly stop is told as lost records") {
  Bench<TestType> bench({.segment_bytes = 300, .durability = Durability::interval});
  for (int i = 0; i < 4; ++i) append_batch(*bench.log, make_batch_of(200));
  REQUIRE(bench.store->close(kNow));
  const std::string first = bench.partition_path("00000000000000000000.segment");
  bench.drop();
  REQUIRE(bench.place.fs.remove(first));
  bench.open(bench.place.fs);
  CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(4));
  CHECK(bench.log->log_start() == Offset(1));
  CHECK(bench.log->recovery().missing_offsets == 1);
  const std::string damaged = bench.store->layout().damaged() + "/topic/partition-0";
  const std::vector<std::string> reports = bench.place.fs.list(damaged).value();
  REQUIRE(reports.size() == 1);
  const std::vector<std::byte> text = bench.place.fs.read_file(damaged + "/" + reports.front()).value();
  CHECK(as_text(text).find("topic topic partition 0 are lost: no segment file holds the offsets 0 to 0") != std::string_view::npos);
}

TEST_CASE("a log whose files are all gone says so, and hands no offset out again", "[storage]") {
  Bench<MemoryPlace> bench({.durability = Durability::interval});
  append_one(*bench.log, {.count = 3});
  REQUIRE(bench.store->close(kNow));
  const std::string only = bench.partition_path("00000000000000000000.segment");
  bench.drop();
  REQUIRE(bench.place.fs.remove(only));
  bench.open(bench.place.fs);
  CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(3));
  CHECK(bench.log->recovery().missing_offsets == 3);
}

TEST_CASE("a log of a deleted topic opens no file of the topic that has its name now", "[storage]") {
  Bench<MemoryPlace> bench({.segment_bytes = 300, .durability = Durability::interval});
  for (int i = 0; i < 3; ++i) append_batch(*bench.log, make_batch_of(200));
  bench.reopen_clean();
  REQUIRE(bench.log->segment_starts(INT64_MAX));  // looks which files there are, and opens none of the complete ones
  const std::shared_ptr<Log> old = bench.log;
  REQUIRE(bench.store->remove_topic("topic", topic_id(1)));
  REQUIRE(bench.place.fs.make_directories(bench.store->layout().topic("topic")));
  const std::shared_ptr<Log> fresh = bench.store->open_log("topic", topic_id(2), 0, bench.options, kNow).value();
  for (int i = 0; i < 3; ++i) append_batch(*fresh, make_batch_of(200));
  ReadCursor cursor;
  CHECK_FALSE(old->read(Offset(0), Offset(3), 1, MinOneBatch::yes, cursor));
  CHECK_FALSE(old->offset_for_time(0));
}

TEST_CASE("restoring a log whose topic is being deleted leaves no line of it in the manifest", "[storage]") {
  Bench<MemoryPlace> bench;
  produce(*bench.log, 0);
  bench.place.fs.fail_next({.operation = fs::Operation::sync, .path_part = ".segment"});
  sync(*bench.log);
  REQUIRE(bench.log->is_stopped());
  REQUIRE(bench.store->checkpoint(kNow));
  std::unique_lock<std::mutex> busy = bench.log->hold_files().value();
  std::jthread forgetting([&] { bench.store->forget_topic(topic_id(1)); });
  while (bench.store->manifest_entry(topic_id(1), 0)) std::this_thread::yield();
  const Status restored = bench.store->restore_log(*bench.log, kNow);
  busy.unlock();
  forgetting.join();
  REQUIRE_FALSE(restored);
  CHECK(restored.error().code == Errc::closed);
  CHECK_FALSE(bench.store->manifest_entry(topic_id(1), 0));
}

TEST_CASE("appends go on while a new leader epoch is made durable, and carry it", "[storage]") {
  Bench<ProbedPlace> bench;
  produce(*bench.log, 0);
  int seen = 0;
  bench.place.fs.set_probe([&] {
    if (seen++ == 0) produce(*bench.log, 1);
  });
  REQUIRE(bench.log->set_leader_epoch(LeaderEpoch(5)));
  bench.place.fs.set_probe({});
  REQUIRE(seen > 1);
  ReadCursor cursor;
  const auto batches = batches_of(bench.log->read(Offset(0), Offset(2), 1000, MinOneBatch::yes, cursor).value());
  REQUIRE(batches.size() == 2);
  CHECK(batches[1].leader_epoch == LeaderEpoch(5));
  CHECK(bench.log->end_offset_for_epoch(LeaderEpoch(4)) == EpochEnd{LeaderEpoch(0), Offset(1)});
  bench.reopen_other_boot();
  CHECK(bench.log->leader_epoch() == LeaderEpoch(5));
}

TEST_CASE("a leader epoch that could not be written is written by the next checkpoint", "[storage]") {
  Bench<MemoryPlace> bench({.durability = Durability::always});
  produce(*bench.log, 0);
  sync(*bench.log);
  bench.place.fs.fail_next({.operation = fs::Operation::write, .path_part = "epochs"});
  CHECK_FALSE(bench.log->set_leader_epoch(LeaderEpoch(5)));
  CHECK(bench.log->leader_epoch() == LeaderEpoch(5));
  REQUIRE(bench.store->checkpoint(kNow));
  const std::unique_ptr<fs::MemoryFileSystem> after = bench.place.fs.crash_clone(1);
  bench.drop();
  bench.boot = "boot-2";
  bench.open(*after);
  CHECK(bench.log->leader_epoch() == LeaderEpoch(5));
  CHECK(bench.log->end_offset_for_epoch(LeaderEpoch(0)) == EpochEnd{LeaderEpoch(0), Offset(1)});
  bench.drop();
}

TEST_CASE("a topic that waits to be forgotten holds up no other log", "[storage]") {
  Bench<MemoryPlace> bench;
  append_one(*bench.log, BatchSpec{});
  std::unique_lock<std::mutex> busy = bench.log->hold_files().value();
  std::jthread forgetting([&] { bench.store->forget_topic(topic_id(1)); });
  const Result<std::shared_ptr<Log>> other = bench.store->open_log("other", topic_id(2), 0, bench.options, kNow);
  CHECK(other);
  busy.unlock();
  forgetting.join();
  CHECK(append_one(*bench.log, BatchSpec{}).error == Errc::closed);
}

}  // namespace
}  // namespace streamline::storage::test
