// Tests of what check finds: one kind of damage per test.
#include "inspect/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "fixture.h"
#include "storage/segment_header.h"

namespace streamline::inspect {
namespace {

using test::DataDirectory;
using Texts = std::vector<std::string>;

TEST_CASE("an orderly stopped directory has no findings") {
  DataDirectory d;
  d.append(8, {.count = 2, .producer = ProducerId(5), .epoch = 0, .sequence = 0}).stop();
  CheckSummary summary;
  CHECK(d.check(Repair::no, &summary).brief().empty());
  CHECK(summary.topics == 1);
  CHECK(summary.partitions == 1);
  CHECK(summary.segments == 3);
  CHECK(summary.batches == 8);
  CHECK(summary.records == 16);
}

TEST_CASE("a killed directory has no findings either") {
  DataDirectory d;
  d.append(8);
  d.bench.drop();
  for (const Finding& one : d.check().all) CHECK(one.severity == Severity::note);
}

TEST_CASE("what compaction has left is known") {
  DataDirectory d;
  d.append(8);
  REQUIRE(d.bench.log->note_cleaned(Offset(6)));
  d.stop();
  CHECK(d.check().brief().empty());
}

TEST_CASE("a directory in use is refused with the holder") {
  DataDirectory d;
  test::Findings found;
  const auto done = check(d.files, {.data_directory = d.root}, found);
  REQUIRE_FALSE(done);
  CHECK(done.error().code == Errc::locked);
}

TEST_CASE("what is no data directory is left alone") {
  DataDirectory d;
  d.stop();
  REQUIRE(d.files.make_directories("elsewhere"));
  test::Findings found;
  const auto done = check(d.files, {.data_directory = "elsewhere"}, found);
  REQUIRE_FALSE(done);
  CHECK(done.error().code == Errc::not_found);
  CHECK(d.files.list("elsewhere")->empty());
}

TEST_CASE("a topic that is not there is told") {
  DataDirectory d;
  d.stop();
  test::Findings found;
  CHECK(check(d.files, {.data_directory = d.root, .topic = "other"}, found).error().code == Errc::not_found);
}

TEST_CASE("a bad batch in a sealed segment is an error with its offsets") {
  DataDirectory d;
  d.append(8).stop();
  SECTION("in the middle") {
    d.spoil_batch(0, 1);
    CHECK(d.check().brief() == Texts{"error damaged 2-3"});
  }
  SECTION("at the end") {
    d.spoil_batch(0, 2);
    CHECK(d.check().brief() == Texts{"error damaged 4-5"});
  }
  SECTION("all of them") {
    for (std::size_t n = 0; n < 3; ++n) d.spoil_batch(6, n);
    CHECK(d.check().brief() == Texts{"error damaged 6-11"});
  }
}

TEST_CASE("a bad batch with good ones behind it in the last segment is an error") {
  DataDirectory d(1 << 20);
  d.append(4).stop();
  d.spoil_batch(0, 1);
  CHECK(d.check().brief() == Texts{"error damaged 2-3"});
}

TEST_CASE("half a batch at the end of the log is a torn tail and no error") {
  DataDirectory d;
  d.append(1).stop();
  const std::string half(as_text(DataDirectory::batch()).substr(0, 40));
  d.write(DataDirectory::segment(0), 64 + DataDirectory::batch_bytes(), half);
  CHECK(d.check().brief() == Texts{"note torn_tail 2"});
}

TEST_CASE("synced records that are gone from the end are an error") {
  DataDirectory d;
  d.append(2).stop();
  REQUIRE(d.file(DataDirectory::segment(0))->truncate(64 + DataDirectory::batch_bytes()));
  CHECK(d.check().brief() == Texts{"note index", "error missing_offsets 2-3"});
}

TEST_CASE("a sealed segment cut at a border is found although every CRC is right") {
  DataDirectory d;
  d.append(8).stop();
  REQUIRE(d.file(DataDirectory::segment(0))->truncate(64 + 2 * DataDirectory::batch_bytes()));
  CHECK(d.check().brief() == Texts{"error missing_offsets 4-5"});
}

TEST_CASE("a missing segment is an error") {
  DataDirectory d;
  d.append(8).stop();
  SECTION("in the middle") {
    REQUIRE(d.files.remove(d.path(DataDirectory::segment(6))));
    CHECK(d.check().brief() == Texts{"note leftover", "error missing_offsets 6-11"});
  }
  SECTION("at the start") {
    REQUIRE(d.files.remove(d.path(DataDirectory::segment(0))));
    CHECK(d.check().brief() == Texts{"note leftover", "error missing_offsets 0-5"});
  }
}

TEST_CASE("missing offsets are no fault of a compacted topic") {
  DataDirectory d;
  d.append(8).stop();
  d.describe({{"cleanup.policy", "compact"}});
  REQUIRE(d.files.remove(d.path(DataDirectory::segment(6))));
  REQUIRE(d.files.remove(d.path(storage::offset_file_name(Offset(6), ".index"))));
  CHECK(d.check().brief().empty());
}

TEST_CASE("a segment of another topic is an error and nothing of it is judged") {
  DataDirectory d;
  d.append(2).stop();
  const auto header = storage::encode(storage::SegmentHeader{.topic_hash = 99});
  d.write(DataDirectory::segment(0), 0, as_text(header));
  CHECK(d.check().brief() == Texts{"error foreign_segment"});
}

TEST_CASE("files that can be made anew are notes") {
  DataDirectory d;
  d.append(8, {.count = 2, .producer = ProducerId(5), .epoch = 0, .sequence = 0}).stop();
  SECTION("segment header") {
    d.write(DataDirectory::segment(0), 8, "\x55");
    CHECK(d.check().brief() == Texts{"note segment_header"});
  }
  SECTION("index entry") {
    d.write(storage::offset_file_name(Offset(0), ".index"), 4, "\x66");
    CHECK(d.check().brief() == Texts{"note index"});
  }
  SECTION("index length") {
    d.write(storage::offset_file_name(Offset(0), ".index"), 32, "abc");
    CHECK(d.check().brief() == Texts{"note index"});
  }
  SECTION("producers") {
    d.write(storage::offset_file_name(Offset(16), ".producers"), 30, "\x66");
    CHECK(d.check().brief() == Texts{"note producers"});
  }
  SECTION("epochs") {
    d.write("epochs", 14, "\x66");
    CHECK(d.check().brief() == Texts{"note epochs"});
  }
  SECTION("epochs gone") {
    REQUIRE(d.files.remove(d.path("epochs")));
    CHECK(d.check().brief() == Texts{"note epochs"});
  }
  SECTION("manifest") {
    d.write("/manifest", 30, "\x66");
    CHECK(d.check().brief() == Texts{"note manifest", "note manifest"});
  }
  SECTION("a half-made file") {
    d.write("epochs.new", 0, "half");
    CHECK(d.check().brief() == Texts{"note leftover"});
  }
  SECTION("a file of somebody else") {
    d.write("notes.txt", 0, "x");
    CHECK(d.check().brief() == Texts{"note unknown_file"});
  }
}

TEST_CASE("a snapshot that knows less than the batches is an error: duplicates would be taken") {
  DataDirectory d(1 << 20);
  d.append(1, {.count = 2, .producer = ProducerId(5), .epoch = 0, .sequence = 0});
  storage::ProducerTable old;
  record::BatchHeader header;
  header.producer_id = ProducerId(5);
  header.producer_epoch = 0;
  header.base_sequence = 0;
  header.last_offset_delta = 0;
  old.apply(header, 1, 1);
  d.stop();
  REQUIRE(fs::replace_file(d.files, d.path(storage::offset_file_name(Offset(2), ".producers")), old.encode(Offset(2))));
  CHECK(d.check().brief() == Texts{"error producers 0"});
}

TEST_CASE("an epochs file that says otherwise than the batches is an error") {
  DataDirectory d;
  d.append(2).stop();
  storage::EpochCache epochs;
  epochs.assign(LeaderEpoch(4), Offset(1));
  REQUIRE(fs::replace_file(d.files, d.path("epochs"), epochs.encode()));
  CHECK(d.check().brief() == Texts{"error epochs 0-3"});
}

TEST_CASE("identity files that the broker refuses are errors") {
  DataDirectory d;
  d.append(1);
  REQUIRE(d.bench.store->next_producer_ids());
  d.stop();
  SECTION("meta.json") {
    d.write("/meta.json", 0, "x");
    CHECK(d.check().brief() == Texts{"error meta"});
  }
  SECTION("producer-ids") {
    d.write("/producer-ids", 9, "x");
    CHECK(d.check().brief() == Texts{"error producer_ids"});
  }
  SECTION("files of named configs") {
    const std::pair<const char*, const char*> files[] = {{"groups", "group_configs"},
                                                         {"brokers", "broker_configs"},
                                                         {"subscriptions", "client_metrics"},
                                                         {"quotas", "client_quotas"},
                                                         {"features", "feature_levels"}};
    for (const auto& [all, what] : files) {
      const std::string name = all == std::string("subscriptions") ? "client-metrics" : all;
      const std::string file = "/" + name + ".json";
      REQUIRE(fs::replace_file(d.files, d.root + file, as_bytes(fmt::format("{{\"format\":1,\"{}\":{{}}}}\n", all))));
      CHECK(d.check().brief().empty());
      d.write(file, 0, "x");
      CHECK(d.check().brief() == Texts{std::string("error ") + what});
      REQUIRE(d.files.remove(d.root + file));
    }
  }
  SECTION("metadata.json") {
    d.write("/topics/topic/metadata.json", 0, "x");
    CHECK(d.check().brief() == Texts{"error topic_file"});
  }
}

TEST_CASE("records that do not parse behind a right CRC are told and left") {
  DataDirectory d(1 << 20);
  std::vector<std::byte> batch = DataDirectory::batch();
  batch[record::kBatchHeaderBytes] = std::byte{0x7f};
  record::BatchHeader header = record::read_batch_header(batch).value();
  header.crc = record::compute_crc(batch);
  record::write_batch_header(batch.data(), header);
  storage::test::append_batch(*d.bench.log, batch);
  d.stop();
  CHECK(d.check().brief() == Texts{"error records 0-1"});
  CHECK(d.check(Repair::yes).brief() == Texts{"error records 0-1"});
  CHECK(d.check().brief() == Texts{"error records 0-1"});
}

TEST_CASE("a disk that does not give the bytes is told, and the check goes on") {
  DataDirectory d;
  d.append(8).stop();
  d.files.fail_next({.operation = fs::Operation::read, .path_part = DataDirectory::segment(6), .count = 100});
  const auto brief = d.check().brief();
  REQUIRE_FALSE(brief.empty());
  CHECK(brief.front().find("segment_header") != std::string::npos);
  CHECK(std::ranges::find(brief, "error unreadable") != brief.end());
}

}  // namespace
}  // namespace streamline::inspect
