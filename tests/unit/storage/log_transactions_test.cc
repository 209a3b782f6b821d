// A log with transactions: what it takes, what is stable, what was aborted.
#include "unit/storage/transaction_fixture.h"

namespace streamline::storage::test {
namespace {

using Told = std::vector<std::string>;

ON_EACH_FILE_SYSTEM("rule 64: a transaction holds readers of committed data back until its marker is there") {
  Bench<TestType> bench;
  Transactor one{.id = ProducerId(1)};
  append_one(*bench.log, BatchSpec{});
  CHECK(one.write(*bench.log, 3).base_offset == Offset(1));
  append_one(*bench.log, BatchSpec{});
  CHECK(bench.log->last_stable() == Offset(1));
  CHECK(bench.log->high_watermark() == Offset(5));
  CHECK(bench.log->is_transaction_open(ProducerId(1), 0));
  CHECK_FALSE(bench.log->is_transaction_open(ProducerId(1), 1));
  CHECK(one.commit(*bench.log).base_offset == Offset(5));
  CHECK(bench.log->last_stable() == Offset(6));
  CHECK_FALSE(bench.log->is_transaction_open(ProducerId(1), 0));
  CHECK(aborted(*bench.log).empty());
}

ON_EACH_FILE_SYSTEM("rule 65: an aborted transaction is told to whoever reads where it has records") {
  Bench<TestType> bench;
  Transactor one{.id = ProducerId(1)};
  Transactor two{.id = ProducerId(2)};
  one.write(*bench.log, 2);
  two.write(*bench.log, 2);
  one.write(*bench.log, 1);
  one.abort(*bench.log);
  CHECK(bench.log->last_stable() == Offset(2));
  CHECK(aborted(*bench.log) == Told{"1 0-5"});
  two.abort(*bench.log);
  CHECK(aborted(*bench.log) == Told{"1 0-5", "2 2-6"});
  CHECK(aborted(*bench.log, Offset(6)) == Told{"2 2-6"});
  CHECK(aborted(*bench.log, Offset(7)).empty());
  CHECK(bench.log->aborted_transactions(Offset(0), Offset(2)).size() == 1);
}

TEST_CASE("with durability always a marker ends nothing for readers before it is synced", "[storage]") {
  Bench<MemoryPlace> bench({.durability = Durability::always});
  Transactor one{.id = ProducerId(1)};
  one.write(*bench.log);
  sync(*bench.log);
  CHECK(bench.log->last_stable() == Offset(0));
  one.commit(*bench.log);
  append_one(*bench.log, BatchSpec{});
  CHECK(bench.log->last_stable() == Offset(0));
  sync(*bench.log);
  CHECK(bench.log->last_stable() == Offset(3));
}

ON_EACH_FILE_SYSTEM("rule 61: the first data of a transaction needs a guard that no marker has made void") {
  Bench<TestType> bench;
  Transactor one{.id = ProducerId(1)};
  CHECK(one.write_under(*bench.log, std::nullopt).error == Errc::invalid_txn_state);
  const auto guard = bench.log->transaction_guard({.id = one.id, .epoch = 0, .first_sequence = 0});
  REQUIRE((guard && *guard));
  one.abort(*bench.log);
  CHECK(one.write_under(*bench.log, *guard).error == Errc::invalid_txn_state);
  CHECK(one.write(*bench.log).base_offset == Offset(1));
  CHECK(one.write_under(*bench.log, std::nullopt).base_offset == Offset(2));
  CHECK(bench.log->log_end() == Offset(3));
}

ON_EACH_FILE_SYSTEM("rule 70: plain data is refused while the producer's transaction is open") {
  Bench<TestType> bench;
  Transactor one{.id = ProducerId(1)};
  one.write(*bench.log);
  const BatchSpec plain{.producer = ProducerId(1), .epoch = 0, .sequence = 1};
  CHECK(append_one(*bench.log, plain).error == Errc::invalid_txn_state);
  CHECK(append_one(*bench.log, {.producer = ProducerId(2), .epoch = 0, .sequence = 0}).base_offset == Offset(1));
  one.commit(*bench.log);
  CHECK(append_one(*bench.log, plain).base_offset == Offset(3));
}

ON_EACH_FILE_SYSTEM("rules 46 and 61: a batch is known again after its transaction ended") {
  Bench<TestType> bench;
  Transactor one{.id = ProducerId(1)};
  one.write(*bench.log);
  one.commit(*bench.log);
  one.next_sequence = 0;
  const AppendItem again = one.write_under(*bench.log, std::nullopt);
  CHECK(again.duplicate);
  CHECK(again.base_offset == Offset(0));
}

ON_EACH_FILE_SYSTEM("rule 63: markers of an older epoch or an older coordinator are refused") {
  Bench<TestType> bench;
  Transactor one{.id = ProducerId(1), .epoch = 3};
  one.write(*bench.log);
  one.end(*bench.log, record::TransactionEnd::commit, 5);
  CHECK(one.end(*bench.log, record::TransactionEnd::commit, 4).error == Errc::coordinator_fenced);
  one.epoch = 2;
  CHECK(one.end(*bench.log, record::TransactionEnd::commit, 5).error == Errc::invalid_producer_epoch);
  append_one(*bench.log, {.producer = ProducerId(1), .epoch = 4, .sequence = 0});
  one.epoch = 3;
  CHECK(one.end(*bench.log, record::TransactionEnd::commit, 5).error == Errc::invalid_producer_epoch);
  CHECK(bench.log->log_end() == Offset(3));
}

ON_EACH_FILE_SYSTEM("a marker with the next epoch ends the transaction and fences what comes late (KIP-890)") {
  Bench<TestType> bench;
  Transactor one{.id = ProducerId(1)};
  one.write(*bench.log);
  one.epoch = 1;
  one.abort(*bench.log);
  CHECK(aborted(*bench.log) == Told{"1 0-1"});
  one.epoch = 0;
  CHECK(one.write(*bench.log).error == Errc::invalid_producer_epoch);
  one.epoch = 1;
  one.next_sequence = 0;
  CHECK(one.write(*bench.log).base_offset == Offset(2));
}

ON_EACH_FILE_SYSTEM("a control batch that is no end marker is refused, and a marker finds room whatever a topic allows") {
  Bench<TestType> bench({.durability = Durability::interval, .max_batch_bytes = 70});
  record::BatchBuilder builder({.producer_id = ProducerId(1), .producer_epoch = 0, .transactional = true, .control = true});
  builder.add({.timestamp = 1, .key = as_bytes("key")});
  CHECK(append_batch(*bench.log, std::move(*builder.finish())).error == Errc::invalid_record);
  CHECK(Transactor{.id = ProducerId(1)}.commit(*bench.log).base_offset == Offset(0));
}

TEST_CASE("a write that fails leaves no transaction and no end of one", "[storage]") {
  Bench<MemoryPlace> bench;
  Transactor one{.id = ProducerId(1)};
  Transactor two{.id = ProducerId(2)};
  one.write(*bench.log);
  bench.place.fs.fail_next({.operation = fs::Operation::write, .path_part = ".segment"});
  CHECK(one.abort(*bench.log).error == Errc::io);
  CHECK(bench.log->last_stable() == Offset(0));
  bench.place.fs.fail_next({.operation = fs::Operation::write, .path_part = ".segment"});
  CHECK(two.write(*bench.log).error == Errc::io);
  one.commit(*bench.log);
  CHECK(bench.log->last_stable() == Offset(2));
  CHECK(aborted(*bench.log).empty());
}

ON_EACH_FILE_SYSTEM("rule 53: a producer with an open transaction is not forgotten, and is described") {
  Bench<TestType> bench({.durability = Durability::interval, .producer_id_expiration_ms = 10});
  Transactor one{.id = ProducerId(1)};
  Transactor two{.id = ProducerId(2)};
  one.write(*bench.log);
  two.write(*bench.log);
  two.end(*bench.log, record::TransactionEnd::commit, 7);
  const auto described = bench.log->describe_producers(kNow);
  REQUIRE(described.size() == 2);
  CHECK(described[0].transaction.first == Offset(0));
  CHECK(described[1].transaction == TransactionEntry{.id = ProducerId(2), .epoch = 0, .first = {}, .coordinator_epoch = 7});
  bench.log->expire_producers(WallTime{kNow.ms + 10});
  CHECK(bench.log->describe_producers(WallTime{kNow.ms + 10}).size() == 1);
  CHECK(one.write_under(*bench.log, std::nullopt).base_offset == Offset(3));
  one.commit(*bench.log);
  CHECK(bench.log->last_stable() == Offset(5));
}

ON_EACH_FILE_SYSTEM("records that were deleted hold nobody back") {
  Bench<TestType> bench;
  Transactor one{.id = ProducerId(1)};
  one.write(*bench.log, 5);
  REQUIRE(bench.delete_before(Offset(3)));
  CHECK(bench.log->last_stable() == Offset(3));
  one.abort(*bench.log);
  CHECK(bench.log->last_stable() == Offset(6));
  CHECK(aborted(*bench.log, Offset(3)) == Told{"1 0-5"});
}

}  // namespace
}  // namespace streamline::storage::test
