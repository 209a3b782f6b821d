// What each kind of stop leaves of a log's transactions.
#include "storage/aborted_index.h"
#include "unit/storage/transaction_fixture.h"

namespace streamline::storage::test {
namespace {

using Told = std::vector<std::string>;

LogOptions small_segments() {
  return {.segment_bytes = 600, .preallocate_bytes = 0, .prewrite_bytes = 0, .durability = Durability::interval};
}

/// Several segments with a commit, two aborts over their borders, and a transaction that is open.
template <class Place>
struct Story : Bench<Place> {
  Transactor still_open{.id = ProducerId(1)};
  Transactor two{.id = ProducerId(2)};
  Transactor three{.id = ProducerId(3)};
  Told told;
  Offset stable;

  explicit Story(LogOptions with = small_segments()) : Bench<Place>(with) {
    Log& kept = *this->log;
    two.write(kept, 2);
    three.write(kept, 2);
    fill();
    two.abort(kept);
    fill();
    three.end(kept, record::TransactionEnd::commit, 4);
    two.write(kept);
    still_open.write(kept, 3);
    fill();
    two.abort(kept);
    three.write(kept);
    three.end(kept, record::TransactionEnd::commit, 4);
    fill();
    told = all_aborted();
    stable = kept.last_stable();
    REQUIRE(told.size() == 2);
    REQUIRE(stable < kept.high_watermark());
    REQUIRE(kept.segment_count() > 4);
  }
  void fill() {
    for (int i = 0; i < 3; ++i) append_batch(*this->log, make_batch_of(250));
  }
  Told all_aborted() const {
    Told all;
    for (const AbortedTransaction& each : this->log->aborted_transactions(Offset(0), this->log->log_end())) {
      all.push_back(std::to_string(each.producer_id.value) + " " + std::to_string(each.first.value) + "-" +
                    std::to_string(each.marker.value));
    }
    return all;
  }
  /// Everything is as it was, and goes on.
  void check() {
    CHECK(all_aborted() == told);
    CHECK(this->log->last_stable() == stable);
    CHECK(this->log->is_transaction_open(still_open.id, 0));
    CHECK_FALSE(this->log->is_transaction_open(two.id, 0));
    CHECK(three.end(*this->log, record::TransactionEnd::commit, 3).error == Errc::coordinator_fenced);
    CHECK(two.write_under(*this->log, std::nullopt).error == Errc::invalid_txn_state);
    CHECK_FALSE(still_open.write_under(*this->log, std::nullopt).error);
    CHECK_FALSE(still_open.abort(*this->log).error);
    CHECK(this->log->last_stable() == this->log->high_watermark());
    CHECK(all_aborted().size() == 3);
  }
  Told files_ending(std::string_view ending) {
    Told names;
    for (const std::string& name : this->files()) {
      if (name.ends_with(ending)) names.push_back(name);
    }
    return names;
  }
};

ON_EACH_FILE_SYSTEM("after an orderly stop the last stable offset is known without a look at any file") {
  Story<TestType> story;
  story.reopen_clean();
  CHECK(story.log->last_stable() == story.stable);
  CHECK(story.log->unopened_active_base());
  story.check();
  CHECK(story.log->recovery().rebuilt_files == 0);
}

ON_EACH_FILE_SYSTEM("a kill loses nothing of transactions") {
  Story<TestType> story;
  SECTION("before any checkpoint") { REQUIRE_FALSE(story.log->is_stopped()); }
  SECTION("after a checkpoint") { REQUIRE(story.store->checkpoint(kNow)); }
  SECTION("after two") {
    REQUIRE(story.store->checkpoint(kNow));
    append_one(*story.log, BatchSpec{});
    REQUIRE(story.store->checkpoint(kNow));
  }
  story.reopen_killed();
  story.check();
  story.told = story.all_aborted();
  story.stable = story.log->last_stable();
  story.reopen_killed();
  CHECK(story.all_aborted() == story.told);
}

ON_EACH_FILE_SYSTEM("a power loss loses nothing of transactions that was synced") {
  Story<TestType> story;
  sync(*story.log);
  SECTION("before any checkpoint") { REQUIRE_FALSE(story.log->is_stopped()); }
  SECTION("after a checkpoint") { REQUIRE(story.store->checkpoint(kNow)); }
  story.reopen_other_boot();
  story.check();
}

ON_EACH_FILE_SYSTEM("each complete segment has the index of what was aborted in it, and none when there is none") {
  Story<TestType> story;
  REQUIRE(story.store->checkpoint(kNow));
  std::size_t found = 0;
  for (const std::string& name : story.files_ending(".txnindex")) {
    const auto bytes = story.place.fs.read_file(story.partition_path(name));
    REQUIRE(bytes);
    const auto index = AbortedIndex::decode(*bytes);
    REQUIRE(index);
    CHECK_FALSE(index->empty());
    found += index->all().size();
  }
  CHECK(found == 2);
}

ON_EACH_FILE_SYSTEM("indexes that are missing, torn or of another time are made anew") {
  Story<TestType> story;
  REQUIRE(story.store->checkpoint(kNow));
  const Told names = story.files_ending(".txnindex");
  REQUIRE(names.size() == 2);
  const auto [first, second] = std::pair(story.partition_path(names[0]), story.partition_path(names[1]));
  SECTION("missing") { REQUIRE(story.place.fs.remove(first)); }
  SECTION("torn") { REQUIRE(story.open_file(names[1])->truncate(30)); }
  SECTION("another's") { REQUIRE(fs::replace_file(story.place.fs, first, story.place.fs.read_file(second).value())); }
  SECTION("all gone") {
    REQUIRE(story.place.fs.remove(first));
    REQUIRE(story.place.fs.remove(second));
  }
  SECTION("one too many") {
    AbortedIndex index;
    index.add({.producer_id = ProducerId(3), .first = Offset(0), .marker = Offset(1), .last_stable = Offset(0)});
    REQUIRE(fs::replace_file(story.place.fs, story.partition_path("00000000000000000000.txnindex"), index.encode()));
  }
  story.reopen_killed();
  story.check();
  story.told = story.all_aborted();
  story.reopen_clean();
  CHECK(story.all_aborted() == story.told);
  CHECK(story.log->recovery().rebuilt_files == 0);
}

ON_EACH_FILE_SYSTEM("indexes leave with their segments") {
  Story<TestType> story;
  REQUIRE(story.store->checkpoint(kNow));
  const Offset high = story.log->high_watermark();
  REQUIRE(story.delete_before(high));
  CHECK(story.log->last_stable() == high);
  CHECK(story.all_aborted().empty());
  CHECK(story.files_ending(".txnindex").empty());
  CHECK(story.log->is_transaction_open(story.still_open.id, 0));
  SECTION("kill") { story.reopen_killed(); }
  SECTION("orderly stop") { story.reopen_clean(); }
  SECTION("power loss") { story.reopen_other_boot(); }
  CHECK(story.all_aborted().empty());
  CHECK(story.log->last_stable() == high);
  CHECK(story.log->is_transaction_open(story.still_open.id, 0));
  CHECK_FALSE(story.still_open.abort(*story.log).error);
  CHECK(story.log->last_stable() == high + 1);
}

ON_EACH_FILE_SYSTEM("aborted transactions are known when no producer is any more") {
  LogOptions options = small_segments();
  options.producer_id_expiration_ms = 100;
  Bench<TestType> bench(options);
  Transactor one{.id = ProducerId(1)};
  one.write(*bench.log);
  one.abort(*bench.log);
  const WallTime later{kNow.ms + 1000};
  append_one(*bench.log, BatchSpec{}, later);
  REQUIRE(bench.store->checkpoint(later));
  CHECK(bench.log->producers(later).empty());
  SECTION("kill") { bench.reopen_killed(); }
  SECTION("orderly stop") {
    REQUIRE(bench.store->close(later));
    bench.drop();
    bench.open(bench.place.fs, later);
  }
  SECTION("power loss") { bench.reopen_other_boot(); }
  CHECK(aborted(*bench.log) == Told{"1 0-1"});
}

TEST_CASE("a failed sync forgets what was never durable of transactions", "[storage]") {
  Bench<MemoryPlace> bench({.durability = Durability::always});
  Transactor one{.id = ProducerId(1)};
  one.write(*bench.log);
  sync(*bench.log);
  one.abort(*bench.log);
  bench.place.fs.fail_next({.operation = fs::Operation::sync, .path_part = ".segment"});
  CHECK_FALSE(bench.log->sync());
  CHECK(bench.log->is_stopped());
  REQUIRE(bench.store->restore_log(*bench.log, kNow));
  // The restoration wrote it again.
  CHECK(bench.log->last_stable() == Offset(2));
  CHECK(aborted(*bench.log) == Told{"1 0-1"});
}

}  // namespace
}  // namespace streamline::storage::test
