// Compaction of logs with transactions.
#include "unit/storage/compaction_fixture.h"
#include "unit/storage/transaction_fixture.h"

namespace streamline::storage::test {
namespace {

using Offsets = std::vector<std::int64_t>;

struct TransactionBench : CompactionBench<> {
  Transactor one{.id = ProducerId(1)};

  AppendItem write(const std::vector<KeyedRecord>& records) {
    const auto guard = log->transaction_guard({.id = one.id, .epoch = one.epoch, .first_sequence = one.next_sequence});
    REQUIRE(guard);
    std::vector<std::byte> batch = keyed_batch(
        records, {.producer_id = one.id, .producer_epoch = one.epoch, .base_sequence = one.next_sequence, .transactional = true});
    AppendItem item{.batch = batch, .guard = *guard};
    AppendItem* const items[] = {&item};
    static_cast<void>(log->append(items, now));
    if (*guard) log->release_transaction_guard(one.id, **guard);
    REQUIRE_FALSE(item.error);
    one.next_sequence += static_cast<std::int32_t>(records.size());
    return item;
  }
  void end(record::TransactionEnd how) { REQUIRE_FALSE(one.end(*log, how, 0, now).error); }
  std::ptrdiff_t markers() const { return std::ranges::count_if(contents_of(*log).batches, &record::BatchHeader::is_control); }
};

constexpr auto kCommit = record::TransactionEnd::commit;
constexpr auto kAbort = record::TransactionEnd::abort;

TEST_CASE("committed records push older ones out, aborted ones go and push nothing out", "[compaction]") {
  TransactionBench bench;
  bench.put("a", "1");
  bench.put("b", "1");
  bench.write({{"a", "2"}});
  bench.end(kCommit);
  bench.write({{"b", "2"}, {"c", "1"}});
  bench.end(kAbort);
  bench.put("d", "1");
  bench.roll();
  bench.round();
  CHECK(offsets_of(contents_of(*bench.log)) == Offsets{1, 2, 7});
  CHECK(bench.markers() == 2);
  // Who is told of it finds its end.
  CHECK(aborted(*bench.log) == std::vector<std::string>{"1 4-6"});
}

TEST_CASE("rule 73: nothing at or behind the first open transaction is compacted", "[compaction]") {
  TransactionBench bench;
  bench.put("a", "1");
  bench.put("a", "2");
  bench.roll();
  bench.write({{"b", "1"}});
  bench.put("a", "3");
  bench.put("a", "4");
  bench.roll();
  bench.round();
  CHECK(offsets_of(contents_of(*bench.log)) == Offsets{1, 2, 3, 4});
  bench.end(kAbort);
  bench.roll();
  bench.round();
  CHECK(offsets_of(contents_of(*bench.log)) == Offsets{4});
}

TEST_CASE("an end that a power loss may take back lets nothing be compacted", "[compaction]") {
  TransactionBench bench;
  bench.put("a", "1");
  bench.write({{"a", "2"}});
  sync(*bench.log);
  bench.end(kCommit);
  CHECK(bench.log->last_stable() == Offset(3));
  CHECK(bench.log->compaction_view().durable_end == Offset(1));
  sync(*bench.log);
  CHECK(bench.log->compaction_view().durable_end == Offset(3));
  bench.reopen_killed();
  CHECK(bench.log->compaction_view().durable_end == Offset(0));
  append_one(*bench.log, BatchSpec{});
  sync(*bench.log);
  CHECK(bench.log->compaction_view().durable_end == Offset(4));
}

TEST_CASE("a commit marker goes at its horizon once nothing of its transaction is left", "[compaction]") {
  TransactionBench bench;
  bench.compaction.delete_retention_ms = 2 * kSegmentMs;
  bench.write({{"a", "1"}});
  bench.end(kCommit);
  // The producer's last batch stays as long as the producer is known, and its marker with it.
  bench.write({{"b", "1"}});
  bench.end(kCommit);
  bench.put("a", "2");
  bench.put("b", "2");
  const auto round = [&] {
    bench.put("other", "value");
    bench.roll();
    bench.round();
    return bench.markers();
  };
  CHECK(round() == 2);
  CHECK(round() == 2);  // sets the horizon
  CHECK(round() == 2);
  CHECK(round() == 1);
  CHECK(round() == 1);
  CHECK(offsets_of(contents_of(*bench.log)).front() == 4);
  bench.reopen_killed();
  CHECK(bench.log->last_stable() == bench.log->high_watermark());
}

TEST_CASE("what compaction made of a log is what its next start finds", "[compaction]") {
  TransactionBench bench;
  for (int i = 0; i < 4; ++i) {
    bench.write({{"a", std::to_string(i)}});
    bench.end(i % 2 == 0 ? kAbort : kCommit);
    bench.put("b", std::to_string(i));
    bench.roll();
  }
  const auto told = aborted(*bench.log);
  REQUIRE(told.size() == 2);
  bench.round();
  REQUIRE(bench.log->segment_count() == 2);
  CHECK(aborted(*bench.log) == told);
  const auto check = [&] {
    CHECK(aborted(*bench.log) == told);
    CHECK(bench.log->last_stable() == bench.log->high_watermark());
  };
  SECTION("orderly stop") {
    bench.reopen_clean();
    check();
    CHECK(bench.log->recovery().rebuilt_files == 0);
  }
  SECTION("kill") {
    bench.reopen_killed();
    check();
  }
  SECTION("power loss") {
    bench.reopen_other_boot();
    check();
  }
}

}  // namespace
}  // namespace streamline::storage::test
