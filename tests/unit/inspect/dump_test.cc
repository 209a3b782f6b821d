// Tests of dump on whole, torn and foreign files.
#include "inspect/dump.h"

#include <nlohmann/json.hpp>

#include "fixture.h"
#include "record/batch_builder.h"

namespace streamline::inspect {
namespace {

using test::DataDirectory;
using test::Lines;

DumpOptions json(Show show = Show::batches) { return {.format = Format::json, .show = show}; }

std::vector<nlohmann::json> parsed(const std::vector<std::string>& lines) {
  std::vector<nlohmann::json> all;
  for (const std::string& line : lines) all.push_back(nlohmann::json::parse(line));
  return all;
}
std::vector<std::string> kinds(const std::vector<std::string>& lines) {
  std::vector<std::string> all;
  for (const auto& line : parsed(lines)) all.push_back(line["type"]);
  return all;
}

TEST_CASE("a segment is its header and its batches") {
  DataDirectory d;
  d.append(2).stop();
  const auto lines = parsed(d.dump(DataDirectory::segment(0), json()));
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["type"] == "segment");
  CHECK(lines[0]["flags"] == nlohmann::json{"verbatim"});
  CHECK(lines[2]["base_offset"] == 2);
  CHECK(lines[2]["last_offset"] == 3);
  CHECK(lines[2]["count"] == 2);
  CHECK(lines[2]["position"] == 64 + DataDirectory::batch_bytes());
  CHECK(lines[2]["bytes"] == DataDirectory::batch_bytes());
  CHECK(lines[2]["codec"] == "none");
  CHECK(lines[2]["crc"] == "ok");
}

TEST_CASE("records are shown with keys, values and headers when asked for") {
  DataDirectory d(1 << 20);
  record::BatchBuilder builder({.codec = record::Codec::zstd});
  const record::HeaderView header{.key = "h", .value = as_bytes("x")};
  builder.add({.timestamp = 5, .key = as_bytes("k"), .value = as_bytes("v"), .headers = std::span(&header, 1)});
  builder.add({.timestamp = 6, .key = std::nullopt, .value = std::nullopt});
  storage::test::append_batch(*d.bench.log, builder.finish().value());
  d.stop();
  const auto lines = d.dump(DataDirectory::segment(0), {.show = Show::records});
  REQUIRE(lines.size() == 4);
  CHECK(lines[2] == R"(record   offset=0 timestamp=1970-01-01T00:00:00.005Z key="k" value="v" headers=[{key=h value="x"}])");
  CHECK(lines[3] == "record   offset=1 timestamp=1970-01-01T00:00:00.006Z key=null value=null");
}

TEST_CASE("only what touches the wanted offsets is shown") {
  DataDirectory d(1 << 20);
  d.append(4).stop();
  DumpOptions options = json(Show::records);
  options.from = Offset(3);
  options.to = Offset(5);
  std::vector<std::int64_t> offsets;
  for (const auto& line : parsed(d.dump(DataDirectory::segment(0), options))) {
    if (line["type"] == "record") offsets.push_back(line["offset"]);
  }
  CHECK(offsets == std::vector<std::int64_t>{3, 4});
}

TEST_CASE("a partition's directory is all its segments in order") {
  DataDirectory d;
  d.append(7).stop();
  CHECK(kinds(d.dump("", json())) ==
        std::vector<std::string>{"segment", "batch", "batch", "batch", "segment", "batch", "batch", "batch", "segment", "batch"});
}

TEST_CASE("a torn tail is told with its place, and what is before it is shown") {
  DataDirectory d;
  d.append(2).stop();
  const std::uint64_t end = 64 + 2 * DataDirectory::batch_bytes();
  d.write(DataDirectory::segment(0), end, std::string(30, 'x'));
  const auto lines = parsed(d.dump(DataDirectory::segment(0), json()));
  REQUIRE(lines.size() == 4);
  CHECK(lines[3]["type"] == "torn");
  CHECK(lines[3]["position"] == end);
  CHECK(lines[3]["bytes"] == 30);
}

TEST_CASE("blocks written ahead are zeros, not damage") {
  DataDirectory d;
  d.append(1).stop();
  d.write(DataDirectory::segment(0), 64 + DataDirectory::batch_bytes(), std::string(100, '\0'));
  Lines lines;
  const auto done = dump(d.files, d.path(DataDirectory::segment(0)), json(), lines);
  REQUIRE(done);
  CHECK(done->state == DumpOutcome::State::whole);
  CHECK(kinds(lines.all).back() == "zeros");
}

TEST_CASE("a damaged batch is told and the ones behind it are shown") {
  DataDirectory d;
  d.append(3).stop();
  d.spoil_batch(0, 1);
  Lines lines;
  const auto done = dump(d.files, d.path(DataDirectory::segment(0)), json(), lines);
  REQUIRE(done);
  CHECK(done->state == DumpOutcome::State::damaged);
  const auto shown = parsed(lines.all);
  REQUIRE(shown.size() == 4);
  CHECK(shown[2]["type"] == "damaged");
  CHECK(shown[2]["base_offset"] == 2);
  CHECK(shown[2]["bytes"] == DataDirectory::batch_bytes());
  CHECK(shown[3]["base_offset"] == 4);
}

TEST_CASE("a batch among a record's contents is not taken for the log's") {
  DataDirectory d(1 << 20);
  std::vector<std::byte> inner = DataDirectory::batch();
  record::patch_base_offset(inner.data(), Offset(2));
  d.append(1);
  d.append(1, {.count = 2, .value = std::string(as_text(inner))});
  d.append(1).stop();
  d.write(DataDirectory::segment(0), 64 + DataDirectory::batch_bytes() + record::kBatchHeaderBytes, "\x01");
  CHECK(kinds(d.dump(DataDirectory::segment(0), json())) == std::vector<std::string>{"segment", "batch", "damaged", "batch"});
}

TEST_CASE("a foreign header is told and the batches are shown all the same") {
  DataDirectory d;
  d.append(1).stop();
  d.write(DataDirectory::segment(0), 0, "JUNK");
  const auto lines = parsed(d.dump(DataDirectory::segment(0), json()));
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["problem"] == "segment header without STRM");
  CHECK(lines[1]["type"] == "batch");
}

TEST_CASE("small files are shown, and told when they fail their checks") {
  DataDirectory d;
  d.append(7, {.count = 2, .producer = ProducerId(5), .epoch = 0, .sequence = 0}).stop();
  CHECK(d.dump("epochs") == std::vector<std::string>{"epoch    epoch=0 start_offset=0"});
  const auto producers = parsed(d.dump(storage::offset_file_name(Offset(14), ".producers"), json()));
  REQUIRE(producers.size() == 2);
  CHECK(producers[0]["producers"] == 1);
  CHECK(producers[1]["batches"].back()["last_offset"] == 13);
  const auto index = parsed(d.dump(storage::offset_file_name(Offset(0), ".index"), json()));
  CHECK(index.back()["relative_offset"] == 4);
  const auto manifest = parsed(d.dump("/manifest", json()));
  CHECK(manifest[1]["end"] == 14);
  CHECK(manifest[1]["bytes"] >= manifest[1]["oldest_bytes"]);
  CHECK(parsed(d.dump("/topics/topic/metadata.json", json()))[0]["partitions"] == 1);
  d.write("epochs", 6, "\xff");
  CHECK(parsed(d.dump("epochs", json()))[0]["problem"] == "epoch file fails its CRC");
}

TEST_CASE("Kafka's own log file is read too") {
  DataDirectory d;
  std::vector<std::byte> batch = DataDirectory::batch();
  record::patch_base_offset(batch.data(), Offset(7'000'000'000));
  d.append(1).stop();
  d.write("00000000007000000000.log", 0, as_text(batch));
  CHECK(parsed(d.dump("00000000007000000000.log", json()))[0]["base_offset"] == 7'000'000'000);
}

TEST_CASE("a control batch says commit or abort without being asked") {
  DataDirectory d(1 << 20);
  record::BatchBuilder builder({.producer_id = ProducerId(1), .producer_epoch = 0, .transactional = true, .control = true});
  builder.add({.timestamp = 5, .key = as_bytes(std::string_view("\0\0\0\1", 4)), .value = as_bytes(std::string_view("\0\0\0\0\0\x9", 6))});
  storage::test::append_batch(*d.bench.log, builder.finish().value());
  d.stop();
  const auto lines = parsed(d.dump(DataDirectory::segment(0), json()));
  REQUIRE(lines.size() == 3);
  CHECK(lines[1]["flags"] == nlohmann::json{"transactional", "control"});
  CHECK(lines[2]["control"] == "commit");
  CHECK(lines[2]["coordinator_epoch"] == 9);
}

TEST_CASE("a file of no known kind is refused by name") {
  DataDirectory d;
  d.append(1).stop();
  d.write("notes.txt", 0, "shopping");
  Lines lines;
  const auto done = dump(d.files, d.path("notes.txt"), {}, lines);
  REQUIRE_FALSE(done);
  CHECK(done.error().code == Errc::unsupported);
  CHECK(done.error().text.find("notes.txt") != std::string::npos);
  CHECK(dump(d.files, d.path("absent"), {}, lines).error().code == Errc::not_found);
}

}  // namespace
}  // namespace streamline::inspect
