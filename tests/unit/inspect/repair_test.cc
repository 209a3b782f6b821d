// Tests of check --repair: what is left afterwards is whole, serves every good record, and starts at once.
#include "fixture.h"

namespace streamline::inspect {
namespace {

using test::DataDirectory;
using Offsets = std::vector<std::int64_t>;

/// Without the batches that only stand for lost offsets.
Offsets records_served(DataDirectory& d) {
  d.bench.open(d.files);
  Offsets offsets;
  storage::ReadCursor cursor;
  for (Offset at = d.bench.log->log_start(); at < d.bench.log->high_watermark();) {
    const auto plan = d.bench.log->read(at, d.bench.log->high_watermark(), 1U << 20U, storage::MinOneBatch::yes, cursor);
    REQUIRE(plan);
    for (const record::BatchHeader& header : storage::test::batches_of(*plan)) {
      if (header.record_count > 0) offsets.push_back(header.base_offset.value);
    }
    at = plan->next_offset();
  }
  d.stop();
  return offsets;
}

TEST_CASE("a repair takes only the damaged batches out, wherever they are") {
  DataDirectory d;
  d.append(8).stop();
  Offsets left;
  SECTION("first of a segment") {
    d.spoil_batch(6, 0);
    left = {0, 2, 4, 8, 10, 12, 14};
  }
  SECTION("middle of a segment") {
    d.spoil_batch(0, 1);
    left = {0, 4, 6, 8, 10, 12, 14};
  }
  SECTION("last of a segment") {
    d.spoil_batch(0, 2);
    left = {0, 2, 6, 8, 10, 12, 14};
  }
  SECTION("several stretches of one segment") {
    d.spoil_batch(6, 0);
    d.spoil_batch(6, 2);
    left = {0, 2, 4, 8, 12, 14};
  }
  SECTION("a whole segment") {
    for (std::size_t n = 0; n < 3; ++n) d.spoil_batch(0, n);
    left = {6, 8, 10, 12, 14};
  }
  SECTION("the active segment with good batches behind") {
    d.spoil_batch(12, 0);
    left = {0, 2, 4, 6, 8, 10, 14};
  }
  SECTION("a segment whose header is damaged too") {
    d.spoil_batch(0, 1);
    d.write(DataDirectory::segment(0), 20, "\x11");
    left = {0, 4, 6, 8, 10, 12, 14};
  }
  SECTION("a segment that ends too early") {
    REQUIRE(d.file(DataDirectory::segment(0))->truncate(64 + 2 * DataDirectory::batch_bytes()));
    left = {0, 2, 6, 8, 10, 12, 14};
  }
  SECTION("a segment that is gone") {
    REQUIRE(d.files.remove(d.path(DataDirectory::segment(6))));
    left = {0, 2, 4, 12, 14};
  }
  CHECK_FALSE(d.check(Repair::yes).brief().empty());
  CheckSummary summary;
  CHECK(d.check(Repair::no, &summary).brief().empty());
  CHECK(records_served(d) == left);
  CHECK(d.check().brief().empty());
}

TEST_CASE("damaged bytes are kept as they were") {
  DataDirectory d;
  d.append(8).stop();
  d.spoil_batch(0, 1);
  std::vector<std::byte> bad(DataDirectory::batch_bytes());
  REQUIRE(d.file(DataDirectory::segment(0))->read_at(64 + bad.size(), bad).value() == bad.size());
  CheckSummary summary;
  d.check(Repair::yes, &summary);
  CHECK(summary.files_aside == 1);
  const std::string directory = d.root + "/damaged/topic/partition-0";
  const auto names = d.files.list(directory).value();
  REQUIRE(names.size() == 1);
  CHECK(names[0] == fmt::format("{:020}-{}.bytes", 0, 64 + bad.size()));
  CHECK(d.files.read_file(fs::join_path(directory, names[0])).value() == bad);
}

TEST_CASE("good bytes stay as they were") {
  DataDirectory d;
  d.append(8).stop();
  const auto before = d.files.read_file(d.path(DataDirectory::segment(6))).value();
  d.spoil_batch(0, 1);
  d.check(Repair::yes);
  CHECK(d.files.read_file(d.path(DataDirectory::segment(6))).value() == before);
  const auto mended = d.files.read_file(d.path(DataDirectory::segment(0))).value();
  const std::size_t batch = DataDirectory::batch_bytes();
  CHECK(ByteView(mended).subspan(64, batch).size() == batch);
  CHECK(std::ranges::equal(ByteView(mended).last(batch), ByteView(before).last(batch), [](std::byte a, std::byte b) { return a == b; }) ==
        false);  // other offsets
  CHECK(record::check_crc(ByteView(mended).last(batch)));
}

TEST_CASE("files that can be made anew are made anew") {
  DataDirectory d;
  d.append(8, {.count = 2, .producer = ProducerId(5), .epoch = 0, .sequence = 0}).stop();
  SECTION("segment header") { d.write(DataDirectory::segment(0), 8, "\x55"); }
  SECTION("index") { d.write(storage::offset_file_name(Offset(0), ".index"), 4, "\x66"); }
  SECTION("producers") { d.write(storage::offset_file_name(Offset(16), ".producers"), 30, "\x66"); }
  SECTION("epochs") { d.write("epochs", 14, "\x66"); }
  SECTION("manifest") { d.write("/manifest", 30, "\x66"); }
  SECTION("a half-made file") { d.write("epochs.new", 0, "half"); }
  SECTION("a torn tail") { d.write(DataDirectory::segment(12), 64 + 2 * DataDirectory::batch_bytes(), "torn"); }
  SECTION("wrong epochs") {
    storage::EpochCache epochs;
    epochs.assign(LeaderEpoch(4), Offset(1));
    REQUIRE(fs::replace_file(d.files, d.path("epochs"), epochs.encode()));
  }
  CHECK_FALSE(d.check(Repair::yes).brief().empty());
  CHECK(d.check().brief().empty());
  CHECK(d.served() == Offsets{0, 2, 4, 6, 8, 10, 12, 14});
}

TEST_CASE("producers are still known after a repair") {
  DataDirectory d;
  d.append(8, {.count = 2, .producer = ProducerId(5), .epoch = 0, .sequence = 0}).stop();
  d.spoil_batch(0, 1);
  d.check(Repair::yes);
  d.bench.open(d.files);
  const auto again = storage::test::append_one(*d.bench.log, {.count = 2, .producer = ProducerId(5), .epoch = 0, .sequence = 14});
  CHECK(again.duplicate);
  CHECK(again.base_offset == Offset(14));
}

TEST_CASE("a repair that a power cut interrupts anywhere loses no good record") {
  for (int failing = 0; failing < 24; ++failing) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      DataDirectory d;
      d.append(8).stop();
      d.spoil_batch(0, 1);
      d.files.fail_next({.operation = seed == 0   ? fs::Operation::write
                                      : seed == 1 ? fs::Operation::rename
                                                  : fs::Operation::sync,
                         .count = 1000,
                         .skip = failing / 2});
      test::Findings found;
      const auto done = check(d.files, {.data_directory = d.root, .repair = Repair::yes, .now = test::kNow}, found);
      d.files.clear_faults();
      const auto after = d.files.crash_clone(seed * 100 + static_cast<std::uint64_t>(failing));
      test::Findings again;
      INFO("failing " << failing << " seed " << seed << " first run " << (done ? "ended" : done.error().text));
      REQUIRE(check(*after, {.data_directory = d.root, .repair = Repair::yes, .now = test::kNow}, again));
      test::Findings left;
      REQUIRE(check(*after, {.data_directory = d.root, .now = test::kNow}, left));
      CHECK(left.brief().empty());
      const auto store = storage::LogStore::open(*after, {.data_directory = d.root});
      REQUIRE(store);
      const auto log = (*store)->open_log("topic", storage::test::topic_id(1), 0, {}, test::kNow);
      REQUIRE(log);
      CHECK((*log)->log_end() == Offset(16));
      CHECK(after->exists(d.root + "/damaged/topic/partition-0"));
    }
  }
}

}  // namespace
}  // namespace streamline::inspect
