// No wake-up is lost between two reactors: one produces while a long poll waits on the other.
#include <catch2/catch.hpp>

#include "fs/memory_file_system.h"
#include "support/requests.h"
#include "support/whole_broker.h"

using namespace streamline;
using namespace streamline::test;
using wire::ErrorCode;

namespace {

constexpr int kRounds = 2000;
/// A lost wake-up shows as an empty answer after this long.
constexpr std::int32_t kLongMs = 20'000;

void run_rounds(const std::string& durability) {
  fs::MemoryFileSystem files(fs::DurabilityTracking::off);
  WholeBroker whole({.files = files, .reactors = 2, .properties = {{"durability", durability}}});
  whole.create_topic("t");
  // New connections go to the reactor with the fewest: these two are on different ones.
  RawClient reader(whole.port());
  RawClient writer(whole.port());
  const auto batch = make_batch();
  int complete = 0;
  for (int round = 0; round < kRounds; ++round) {
    reader.send(fetch_frame({.topic = "t", .offset = round, .max_wait_ms = kLongMs}));
    writer.send(produce_frame({.topic = "t"}, batch));
    if (receive_produced(writer).error != ErrorCode::none) break;
    if (receive_fetched(reader).records.size() != batch.size()) break;
    ++complete;
  }
  CHECK(complete == kRounds);
  CHECK(whole.server().reactor(0).counters().frames.value() == kRounds);
  CHECK(whole.server().reactor(1).counters().frames.value() == kRounds);
}

}  // namespace

TEST_CASE("a long poll on another reactor wakes for every append from the page cache") { run_rounds("none"); }

TEST_CASE("a long poll on another reactor wakes for every synced append") { run_rounds("always"); }

TEST_CASE("a session on another reactor hears of every append") {
  fs::MemoryFileSystem files(fs::DurabilityTracking::off);
  WholeBroker whole({.files = files, .reactors = 2, .properties = {{"durability", "none"}}});
  whole.create_topic("t");
  RawClient reader(whole.port());
  RawClient writer(whole.port());
  const auto batch = make_batch();
  const Fetched opened = fetch(reader, {.topic = "t", .session_epoch = 0});
  REQUIRE(opened.session_id != 0);
  int complete = 0;
  for (int round = 0; round < kRounds; ++round) {
    reader.send(
        fetch_frame({.topic = "t", .offset = round, .max_wait_ms = kLongMs, .session_id = opened.session_id, .session_epoch = round + 1}));
    writer.send(produce_frame({.topic = "t"}, batch));
    if (receive_produced(writer).error != ErrorCode::none) break;
    if (receive_fetched(reader).records.size() != batch.size()) break;
    ++complete;
  }
  CHECK(complete == kRounds);
}
