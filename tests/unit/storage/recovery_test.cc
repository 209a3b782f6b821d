// Opening after each kind of stop: what is believed, cut, set aside, and made anew.
#include "storage/segment_header.h"
#include "storage/sparse_index.h"
#include "unit/storage/fixture.h"

namespace streamline::storage::test {
namespace {

LogOptions small_segments() { return {.segment_bytes = 1000, .index_interval_bytes = 200, .durability = Durability::interval}; }
const std::string kFirst = "00000000000000000000.segment";

std::vector<std::int64_t> up_to(std::int64_t end) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < end; ++i) all.push_back(i);
  return all;
}

template <class Place>
void fill(Bench<Place>& bench, int batches) {
  for (int i = 0; i < batches; ++i) append_batch(*bench.log, make_batch_of(150, 1000 + i));
}

template <class Place>
std::uint64_t size_of(Bench<Place>& bench, const std::string& name) {
  return bench.open_file(name)->size().value();
}

ON_EACH_FILE_SYSTEM("everything written is there after each kind of stop that lost nothing") {
  for (const int stop : {0, 1, 2}) {
    for (const int batches : {0, 1, 6, 40}) {
      Bench<TestType> bench(small_segments());
      fill(bench, batches);
      REQUIRE(bench.store->checkpoint(kNow));
      fill(bench, 3);
      if (stop == 0) bench.reopen_clean();
      if (stop == 1) bench.reopen_killed();
      if (stop == 2) bench.reopen_other_boot();
      const LastStop expected = std::vector{LastStop::clean, LastStop::killed, LastStop::power_loss}[static_cast<std::size_t>(stop)];
      CHECK(bench.store->last_stop() == expected);
      CHECK(read_all(*bench.log, Offset(0)) == up_to(batches + 3));
      CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(batches + 3));
      CHECK(bench.log->recovery().torn_bytes == 0);
      CHECK_FALSE(bench.log->recovery().epoch_raised);
    }
  }
}

ON_EACH_FILE_SYSTEM("after a clean stop nothing is scanned, after a kill only what the last checkpoint did not see") {
  Bench<TestType> bench({.durability = Durability::interval});
  fill(bench, 100);
  REQUIRE(bench.store->checkpoint(kNow));
  fill(bench, 2);
  bench.reopen_killed();
  CHECK(bench.log->recovery().scanned_bytes == 2 * make_batch_of(150).size());
  bench.reopen_clean();
  CHECK(bench.log->recovery().scanned_bytes == 0);
  bench.reopen_clean();
  CHECK(bench.store->report().logs_opened == 1);
  CHECK(bench.store->report().logs_cut == 0);
}

ON_EACH_FILE_SYSTEM("after a power loss everything behind the last sync is scanned") {
  Bench<TestType> bench({.durability = Durability::interval});
  fill(bench, 10);
  sync(*bench.log);
  fill(bench, 20);
  REQUIRE(bench.store->checkpoint(kNow));
  bench.reopen_other_boot();
  CHECK(bench.log->recovery().scanned_bytes == 20 * make_batch_of(150).size());
}

ON_EACH_FILE_SYSTEM("a torn tail is cut at every byte, and nothing before it") {
  const std::vector<std::byte> batch = make_batch_of(150);
  // Its first seven bytes are zero, which alone would be a clean end.
  for (std::size_t left = 8; left < batch.size(); left += 13) {
    Bench<TestType> bench;
    fill(bench, 3);
    const std::uint64_t end = size_of(bench, kFirst);
    std::vector<std::byte> next = batch;
    record::patch_base_offset(next.data(), Offset(3));
    REQUIRE(bench.open_file(kFirst)->write_at(end, ByteView(next).first(left)));
    bench.reopen_killed();
    CHECK(bench.log->recovery().torn_bytes == left);
    CHECK(bench.log->recovery().damaged_bytes == 0);
    CHECK(size_of(bench, kFirst) == end);
    CHECK(read_all(*bench.log, Offset(0)) == up_to(3));
    CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(3));
  }
}

ON_EACH_FILE_SYSTEM("a tail of zeros is a clean end") {
  Bench<TestType> bench;
  fill(bench, 3);
  const std::uint64_t end = size_of(bench, kFirst);
  REQUIRE(bench.open_file(kFirst)->truncate(end + 100'000));
  bench.reopen_killed();
  CHECK(bench.log->recovery().torn_bytes == 0);
  CHECK(size_of(bench, kFirst) == end);
  CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(3));
}

ON_EACH_FILE_SYSTEM("a bad batch with good ones behind it is set aside, counted and reported") {
  Bench<TestType> bench;
  fill(bench, 10);
  const std::uint64_t size = make_batch_of(150).size();
  const std::uint64_t bad = kSegmentHeaderBytes + 4 * size;
  std::vector<std::byte> removed(6 * size);
  REQUIRE(bench.open_file(kFirst)->write_at(bad + 70, as_bytes("x")));
  REQUIRE(bench.open_file(kFirst)->read_at(bad, removed).value() == removed.size());
  bench.reopen_other_boot();
  CHECK(read_all(*bench.log, Offset(0)) == up_to(4));
  CHECK(bench.log->recovery().damaged_bytes == 6 * size);
  CHECK(bench.log->recovery().damaged_batches == 5);
  CHECK(bench.log->recovery().epoch_raised);
  CHECK(bench.store->report().total.damaged_bytes == 6 * size);
  CHECK(bench.store->report().logs_cut == 1);
  const std::string kept = bench.store->layout().damaged() + "/topic/partition-0/00000000000000000000-" + std::to_string(bad) + ".bytes";
  CHECK(bench.place.fs.read_file(kept).value() == removed);
}

ON_EACH_FILE_SYSTEM("segments behind a hole are set aside whole, empty ones go") {
  Bench<TestType> bench(small_segments());
  fill(bench, 20);
  const std::string third = "00000000000000000012.segment";
  REQUIRE(bench.place.fs.exists(bench.partition_path(third)));
  REQUIRE(bench.open_file("00000000000000000006.segment")->truncate(kSegmentHeaderBytes + 2 * make_batch_of(150).size() + 9));
  REQUIRE(bench.open_file("00000000000000000018.segment")->truncate(kSegmentHeaderBytes));
  bench.reopen_other_boot();
  CHECK(read_all(*bench.log, Offset(0)) == up_to(8));
  CHECK(bench.log->recovery().damaged_batches == 6);
  CHECK(bench.log->recovery().torn_bytes == 9);
  const std::vector<std::string> kept = bench.place.fs.list(bench.store->layout().damaged() + "/topic/partition-0").value();
  CHECK(std::ranges::find(kept, third) != kept.end());
  CHECK(append_batch(*bench.log, make_batch_of(900)).base_offset == Offset(8));
  CHECK(append_batch(*bench.log, make_batch_of(900)).base_offset == Offset(9));
  bench.reopen_killed();
  CHECK(bench.log->log_end() == Offset(10));
}

ON_EACH_FILE_SYSTEM("when a power loss took records the leader epoch rises, and stays risen") {
  Bench<TestType> bench;
  fill(bench, 10);
  REQUIRE(bench.store->checkpoint(kNow));
  REQUIRE(bench.open_file(kFirst)->truncate(kSegmentHeaderBytes + 4 * make_batch_of(150).size()));
  bench.reopen_other_boot();
  CHECK(bench.log->log_end() == Offset(4));
  CHECK(bench.log->recovery().epoch_raised);
  CHECK(bench.log->leader_epoch() == LeaderEpoch(1));
  CHECK(bench.log->end_offset_for_epoch(LeaderEpoch(0)) == EpochEnd{LeaderEpoch(0), Offset(4)});
  CHECK(bench.store->manifest_entry(topic_id(1), 0)->end == Offset(4));
  bench.reopen_killed();
  CHECK(bench.log->leader_epoch() == LeaderEpoch(1));
  fill(bench, 10);
  bench.reopen_killed();
  CHECK_FALSE(bench.log->recovery().epoch_raised);
  CHECK(read_all(*bench.log, Offset(0)) == up_to(14));
}

ON_EACH_FILE_SYSTEM("a torn tail after a kill does not raise the epoch: nobody can have seen it") {
  Bench<TestType> bench;
  fill(bench, 3);
  REQUIRE(bench.store->checkpoint(kNow));
  REQUIRE(bench.open_file(kFirst)->write_at(size_of(bench, kFirst), as_bytes("torn")));
  bench.reopen_killed();
  CHECK(bench.log->leader_epoch() == LeaderEpoch(0));
}

ON_EACH_FILE_SYSTEM("missing, torn and stale indexes are made anew") {
  for (const int damage : {0, 1, 2, 3}) {
    for (const int stop : {0, 1}) {
      Bench<TestType> bench({.segment_bytes = 20'000, .index_interval_bytes = 200, .durability = Durability::interval});
      fill(bench, 300);
      REQUIRE(bench.store->checkpoint(kNow));
      if (stop == 0) REQUIRE(bench.store->close(kNow));
      for (const std::string& name : bench.files()) {
        if (!name.ends_with(kIndexEnding)) continue;
        const std::unique_ptr<fs::File> file = bench.open_file(name);
        const std::uint64_t size = file->size().value();
        if (damage == 0) REQUIRE(bench.place.fs.remove(bench.partition_path(name)));
        if (damage == 1) REQUIRE(file->truncate(size / 2 + 3));
        if (damage == 2) REQUIRE(file->write_at(size - kIndexEntryBytes + 4, as_bytes("\x41")));
        if (damage == 3) REQUIRE(file->write_at(0, std::vector<std::byte>(size)));
      }
      bench.drop();
      bench.open(bench.place.fs);
      CHECK(read_all(*bench.log, Offset(0), 700) == up_to(300));
      for (std::int64_t from = 0; from < 300; from += 7) {
        ReadCursor cursor;
        const Result<ReadPlan> plan = bench.log->read(Offset(from), Offset(300), 1000, MinOneBatch::yes, cursor);
        CHECK(base_offsets(batches_of(*plan)).front() == from);
        CHECK(bench.log->offset_for_time(1000 + from).value()->offset == Offset(from));
      }
    }
  }
}

ON_EACH_FILE_SYSTEM("a stale entry in the middle of an index is not believed after a kill") {
  Bench<TestType> bench({.index_interval_bytes = 200, .durability = Durability::interval});
  fill(bench, 100);
  REQUIRE(bench.store->checkpoint(kNow));
  const std::unique_ptr<fs::File> index = bench.open_file("00000000000000000000.index");
  std::array<std::byte, 4> position{};
  REQUIRE(index->read_at(10 * kIndexEntryBytes + 4, position).value() == 4);
  store_le(position.data(), load_le<std::uint32_t>(position.data()) + 1);
  REQUIRE(index->write_at(10 * kIndexEntryBytes + 4, position));
  bench.reopen_killed();
  CHECK(read_all(*bench.log, Offset(0), 1000) == up_to(100));
}

ON_EACH_FILE_SYSTEM("a lost manifest costs a full scan and nothing else") {
  Bench<TestType> bench(small_segments());
  fill(bench, 30);
  REQUIRE(bench.store->close(kNow));
  Result<std::unique_ptr<fs::File>> manifest = bench.place.fs.open(bench.store->layout().manifest(), {});
  REQUIRE(manifest);
  REQUIRE((*manifest)->write_at(30, as_bytes("damage")));
  bench.drop();
  bench.open(bench.place.fs);
  CHECK(bench.store->report().manifest_lost);
  CHECK(read_all(*bench.log, Offset(0)) == up_to(30));
  CHECK(bench.log->recovery().scanned_bytes == 30 * make_batch_of(150).size());
}

ON_EACH_FILE_SYSTEM("a damaged segment header is written anew") {
  Bench<TestType> bench;
  fill(bench, 3);
  REQUIRE(bench.store->checkpoint(kNow));
  REQUIRE(bench.open_file(kFirst)->write_at(0, as_bytes("????")));
  bench.reopen_killed();
  CHECK(bench.log->recovery().rebuilt_files == 1);
  std::array<std::byte, kSegmentHeaderBytes> bytes{};
  REQUIRE(bench.open_file(kFirst)->read_at(0, bytes).value() == bytes.size());
  CHECK(decode_segment_header(bytes).value().base_offset == Offset(0));
  CHECK(read_all(*bench.log, Offset(0)) == up_to(3));
}

ON_EACH_FILE_SYSTEM("a damaged epoch file is made anew from the batches") {
  Bench<TestType> bench(small_segments());
  for (int epoch = 1; epoch < 5; ++epoch) {
    fill(bench, 10);
    REQUIRE(bench.log->set_leader_epoch(LeaderEpoch(epoch * 2)));
  }
  fill(bench, 10);
  REQUIRE(bench.store->close(kNow));
  REQUIRE(bench.open_file("epochs")->write_at(5, as_bytes("damage")));
  bench.drop();
  bench.open(bench.place.fs);
  CHECK(bench.log->leader_epoch() == LeaderEpoch(8));
  CHECK(bench.log->end_offset_for_epoch(LeaderEpoch(0)) == EpochEnd{LeaderEpoch(0), Offset(10)});
  CHECK(bench.log->end_offset_for_epoch(LeaderEpoch(5)) == EpochEnd{LeaderEpoch(4), Offset(30)});
}

ON_EACH_FILE_SYSTEM("files of another topic are refused, not read") {
  Bench<TestType> bench;
  fill(bench, 3);
  const Result<std::shared_ptr<Log>> other = bench.store->open_log("topic", topic_id(2), 0, bench.options, kNow);
  REQUIRE_FALSE(other);
  CHECK(other.error().code == Errc::conflict);
}

ON_EACH_FILE_SYSTEM("of files of another topic none is removed, though they lie below the log start") {
  Bench<TestType> bench(small_segments());
  fill(bench, 20);
  REQUIRE(bench.delete_before(Offset(20)));
  REQUIRE(bench.place.fs.make_directories(bench.store->layout().topic("other")));
  const std::shared_ptr<Log> other = bench.store->open_log("other", topic_id(2), 0, bench.options, kNow).value();
  for (int i = 0; i < 20; ++i) append_batch(*other, make_batch_of(150));
  REQUIRE(other->segment_count() > 2);
  REQUIRE(bench.store->checkpoint(kNow));
  // Somebody puts the files of one topic where those of the other are looked for.
  const std::string here = bench.store->layout().partition("topic", 0);
  REQUIRE(bench.place.fs.remove_all(here));
  REQUIRE(bench.place.fs.rename(bench.store->layout().partition("other", 0), here));
  const std::vector<std::string> before = bench.files();
  bench.drop();
  const auto store = LogStore::open(bench.place.fs, {.data_directory = bench.place.root + "/d", .boot_id = bench.boot});
  REQUIRE(store);
  const Result<std::shared_ptr<Log>> opened = (*store)->open_log("topic", topic_id(1), 0, bench.options, kNow);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::conflict);
  CHECK(bench.place.fs.list(here).value() == before);
}

ON_EACH_FILE_SYSTEM("a log start that was moved survives, and never goes back") {
  Bench<TestType> bench(small_segments());
  fill(bench, 20);
  REQUIRE(bench.delete_before(Offset(13)));
  REQUIRE(bench.delete_before(Offset(5)));
  REQUIRE(bench.store->checkpoint(kNow));
  bench.reopen_killed();
  CHECK(bench.log->log_start() == Offset(13));
  bench.reopen_clean();
  CHECK(bench.log->log_start() == Offset(13));
  CHECK(read_all(*bench.log, Offset(13)).front() == 13);
}

ON_EACH_FILE_SYSTEM("offsets are not handed out again when a partition's files are gone") {
  Bench<TestType> bench;
  fill(bench, 20);
  REQUIRE(bench.store->close(kNow));
  REQUIRE(bench.place.fs.remove_all(bench.store->layout().partition("topic", 0)));
  bench.drop();
  bench.open(bench.place.fs);
  // The first look at the files finds that they are gone.
  CHECK(bench.log->segment_count() == 0);
  CHECK(bench.log->log_start() == Offset(20));
  CHECK(append_one(*bench.log, BatchSpec{}).base_offset == Offset(20));
}

ON_EACH_FILE_SYSTEM("an unopened log keeps its place in the manifest over several runs") {
  Bench<TestType> bench;
  fill(bench, 5);
  REQUIRE(bench.store->close(kNow));
  bench.drop();
  for (int run = 0; run < 3; ++run) {
    const StoreOptions options{.data_directory = bench.place.root + "/d", .boot_id = "boot-" + std::to_string(run)};
    Result<std::unique_ptr<LogStore>> store = LogStore::open(bench.place.fs, options);
    REQUIRE(store);
    REQUIRE((*store)->checkpoint(kNow));
    if (run == 1) REQUIRE((*store)->close(kNow));
  }
  bench.open(bench.place.fs);
  CHECK(bench.log->recovery().scanned_bytes == 0);
  CHECK(bench.log->log_end() == Offset(5));
}

}  // namespace
}  // namespace streamline::storage::test
