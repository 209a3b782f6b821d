// Idempotent producers: rules 46 to 54.
#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

constexpr ProducerId kProducer{5};

AppendItem produce(Log& log, std::int32_t sequence, int count = 1, std::int16_t epoch = 0, WallTime now = kNow) {
  return append_one(log, {.count = count, .producer = kProducer, .epoch = epoch, .sequence = sequence}, now);
}

ON_EACH_FILE_SYSTEM("rule 46: each of the last five batches is known again, with its offset and time; an older one is out of order") {
  Bench<TestType> bench;
  for (int i = 0; i < 6; ++i) CHECK(produce(*bench.log, i * 2, 2, 0, WallTime{100 + i}).base_offset == Offset(i * 2));
  for (int i = 1; i < 6; ++i) {
    const AppendItem again = produce(*bench.log, i * 2, 2, 0, WallTime{999});
    CHECK(again.duplicate);
    CHECK_FALSE(again.error);
    CHECK(again.base_offset == Offset(i * 2));
    CHECK(again.append_time_ms == 100 + i);
  }
  CHECK(produce(*bench.log, 0, 2).error == Errc::out_of_order_sequence);
  CHECK(produce(*bench.log, 10, 1).error == Errc::out_of_order_sequence);
  CHECK(bench.log->log_end() == Offset(12));
}

ON_EACH_FILE_SYSTEM("rule 47: after 2^31-1 comes 0, inside a batch too") {
  Bench<TestType> bench;
  produce(*bench.log, INT32_MAX - 1, 1);
  CHECK(produce(*bench.log, INT32_MAX, 3).base_offset == Offset(1));
  CHECK(produce(*bench.log, INT32_MAX, 3).duplicate);
  CHECK(produce(*bench.log, 2, 1).base_offset == Offset(4));
}

ON_EACH_FILE_SYSTEM("rule 48: a gap appends nothing") {
  Bench<TestType> bench;
  produce(*bench.log, 0);
  CHECK(produce(*bench.log, 2).error == Errc::out_of_order_sequence);
  CHECK(bench.log->log_end() == Offset(1));
  CHECK(produce(*bench.log, 1).base_offset == Offset(1));
}

ON_EACH_FILE_SYSTEM("rule 49: an unknown producer may start anywhere") {
  Bench<TestType> bench;
  CHECK(produce(*bench.log, 77).base_offset == Offset(0));
  CHECK(produce(*bench.log, 78).base_offset == Offset(1));
}

ON_EACH_FILE_SYSTEM("rule 50: a higher epoch starts at 0 and forgets the batches, a lower one is refused") {
  Bench<TestType> bench;
  produce(*bench.log, 0, 1, 3);
  CHECK(produce(*bench.log, 1, 1, 4).error == Errc::out_of_order_sequence);
  CHECK(produce(*bench.log, 0, 1, 4).base_offset == Offset(1));
  CHECK(produce(*bench.log, 1, 1, 3).error == Errc::invalid_producer_epoch);
  CHECK(produce(*bench.log, 1, 1, 4).base_offset == Offset(2));
}

TEST_CASE("rule 51: state moves only after the write succeeded", "[storage]") {
  Bench<MemoryPlace> bench;
  produce(*bench.log, 0);
  bench.place.fs.fail_next({.operation = fs::Operation::write, .path_part = ".segment"});
  CHECK(produce(*bench.log, 1).error == Errc::io);
  const AppendItem again = produce(*bench.log, 1);
  CHECK_FALSE(again.duplicate);
  CHECK(again.base_offset == Offset(1));
}

TEST_CASE("rule 51: a new producer whose write failed is unknown again", "[storage]") {
  Bench<MemoryPlace> bench;
  append_one(*bench.log, BatchSpec{});
  bench.place.fs.fail_next({.operation = fs::Operation::write, .path_part = ".segment"});
  CHECK(produce(*bench.log, 50).error == Errc::io);
  CHECK(bench.log->producers(kNow).empty());
}

ON_EACH_FILE_SYSTEM("rule 52: batches of one append are checked against those before them") {
  Bench<TestType> bench;
  std::vector<std::vector<std::byte>> batches;
  for (const int sequence : {0, 1, 1, 3, 2}) {
    batches.push_back(make_batch({.producer = kProducer, .epoch = 0, .sequence = sequence}));
  }
  std::vector<AppendItem> items;
  std::vector<AppendItem*> pointers;
  for (std::vector<std::byte>& batch : batches) items.push_back({.batch = batch});
  for (AppendItem& item : items) pointers.push_back(&item);
  CHECK(bench.log->append(pointers, kNow).end == Offset(3));
  CHECK(items[1].base_offset == Offset(1));
  CHECK(items[2].duplicate);
  CHECK(items[2].base_offset == Offset(1));
  CHECK(items[3].error == Errc::out_of_order_sequence);
  CHECK(items[4].base_offset == Offset(2));
}

TEST_CASE("rule 52: a duplicate of a batch whose write fails, fails with it", "[storage]") {
  Bench<MemoryPlace> bench;
  produce(*bench.log, 0);
  std::vector<std::vector<std::byte>> batches;
  for (const int sequence : {0, 1, 1}) batches.push_back(make_batch({.producer = kProducer, .epoch = 0, .sequence = sequence}));
  std::vector<AppendItem> items;
  std::vector<AppendItem*> pointers;
  for (std::vector<std::byte>& batch : batches) items.push_back({.batch = batch});
  for (AppendItem& item : items) pointers.push_back(&item);
  bench.place.fs.fail_next({.operation = fs::Operation::write, .path_part = ".segment"});
  static_cast<void>(bench.log->append(pointers, kNow));
  CHECK(items[0].duplicate);
  CHECK(items[1].error == Errc::io);
  CHECK(items[2].error == Errc::io);
  CHECK_FALSE(items[2].duplicate);
}

ON_EACH_FILE_SYSTEM("rule 53: an idle producer is forgotten after its time") {
  LogOptions options{.durability = Durability::interval, .producer_id_expiration_ms = 100};
  Bench<TestType> bench(options);
  produce(*bench.log, 5, 1, 0, WallTime{1000});
  CHECK(bench.log->producers(WallTime{1099}).size() == 1);
  CHECK(bench.log->producers(WallTime{1100}).empty());
  bench.log->expire_producers(WallTime{1100});
  CHECK(produce(*bench.log, 90, 1, 0, WallTime{1100}).base_offset == Offset(1));
}

ON_EACH_FILE_SYSTEM("rule 54: state survives every kind of stop, with and without a checkpoint") {
  for (const bool with_checkpoint : {false, true}) {
    for (const int stop : {0, 1, 2}) {
      Bench<TestType> bench({.segment_bytes = 500, .durability = Durability::interval});
      for (int i = 0; i < 20; ++i) produce(*bench.log, i);
      if (with_checkpoint) REQUIRE(bench.store->checkpoint(kNow));
      for (int i = 20; i < 23; ++i) produce(*bench.log, i);
      if (stop == 0) bench.reopen_clean();
      if (stop == 1) bench.reopen_killed();
      if (stop == 2) bench.reopen_other_boot();
      for (int i = 18; i < 23; ++i) {
        const AppendItem again = produce(*bench.log, i);
        CHECK(again.duplicate);
        CHECK(again.base_offset == Offset(i));
      }
      CHECK(produce(*bench.log, 17).error == Errc::out_of_order_sequence);
      CHECK(produce(*bench.log, 23).base_offset == Offset(23));
    }
  }
}

ON_EACH_FILE_SYSTEM("rule 54: a damaged snapshot costs a replay, not the state") {
  Bench<TestType> bench({.segment_bytes = 500, .durability = Durability::interval});
  for (int i = 0; i < 20; ++i) produce(*bench.log, i);
  REQUIRE(bench.store->close(kNow));
  for (const std::string& name : bench.files()) {
    if (name.ends_with(kProducersEnding)) REQUIRE(bench.open_file(name)->write_at(9, as_bytes("damage")));
  }
  bench.drop();
  bench.open(bench.place.fs);
  CHECK(produce(*bench.log, 19).duplicate);
  CHECK(produce(*bench.log, 20).base_offset == Offset(20));
}

ON_EACH_FILE_SYSTEM("snapshots that nothing can need any more are deleted") {
  Bench<TestType> bench({.segment_bytes = 500, .durability = Durability::always});
  for (int i = 0; i < 60; ++i) {
    produce(*bench.log, i);
    sync(*bench.log);
    if (i % 3 == 0) REQUIRE(bench.store->checkpoint(kNow));
  }
  std::size_t snapshots = 0;
  for (const std::string& name : bench.files()) {
    if (name.ends_with(kProducersEnding)) ++snapshots;
  }
  CHECK(snapshots <= 3);
}

}  // namespace
}  // namespace streamline::storage::test
