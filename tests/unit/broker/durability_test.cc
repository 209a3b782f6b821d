// What an ack means, over a socket: kafka-rules 44 and architecture.md section 6.
#include <catch2/catch.hpp>

#include "fs/memory_file_system.h"
#include "support/requests.h"
#include "support/watched_files.h"
#include "support/whole_broker.h"
#include "wire/messages/api_versions.h"

using namespace streamline;
using namespace streamline::test;
using wire::ErrorCode;

namespace {

struct Fixture {
  explicit Fixture(const std::string& durability = "always")
      : whole({.files = files, .properties = {{"durability", durability}}, .quick_sync = {}}) {
    whole.create_topic("t");
  }
  ~Fixture() { files.release_syncs(); }
  /// A whole turn of the one reactor after everything that was sent before.
  void pass_a_turn() {
    RawClient other(whole.port());
    wire::ApiVersionsRequest request;
    static_cast<void>(other.call<wire::ApiVersionsResponse>(request, 0));
    static_cast<void>(other.call<wire::ApiVersionsResponse>(request, 0));
  }
  fs::MemoryFileSystem memory;
  WatchedFiles files{memory};
  WholeBroker whole;
};

const ProduceSpec kAll{.topic = "t", .acks = -1};
const ProduceSpec kLeader{.topic = "t", .acks = 1};

}  // namespace

TEST_CASE("rule 44: always answers acks=all after the sync, acks=1 at once, and readers wait for the sync") {
  Fixture fixture;
  RawClient all(fixture.whole.port());
  RawClient leader(fixture.whole.port());
  RawClient reader(fixture.whole.port());
  const auto batch = make_batch();
  fixture.files.hold_syncs();
  all.send(produce_frame(kAll, batch));
  fixture.files.await_held(1);
  fixture.pass_a_turn();
  CHECK_FALSE(all.has_answer());
  CHECK(produce(leader, kLeader, batch) == Produced{ErrorCode::none, 1});
  const Fetched before = fetch(reader, {.topic = "t"});
  CHECK(before.records.empty());
  CHECK(before.high_watermark == 0);
  reader.send(fetch_frame({.topic = "t", .max_wait_ms = 60'000}));
  fixture.pass_a_turn();
  CHECK_FALSE(reader.has_answer());
  fixture.files.release_syncs();
  CHECK(receive_produced(all) == Produced{ErrorCode::none, 0});
  CHECK(receive_fetched(reader).high_watermark >= 1);
}

TEST_CASE("many acks=all requests that wait together share one sync") {
  Fixture fixture;
  const auto batch = make_batch();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(std::make_unique<RawClient>(fixture.whole.port()));
  fixture.files.hold_syncs();
  clients[0]->send(produce_frame(kAll, batch));
  fixture.files.await_held(1);
  for (std::size_t i = 1; i < clients.size(); ++i) clients[i]->send(produce_frame(kAll, batch));
  RawClient last(fixture.whole.port());
  REQUIRE(produce(last, kLeader, batch).error == ErrorCode::none);
  while (fixture.whole.partition("t")->log().log_end() < Offset(21)) fixture.pass_a_turn();
  fixture.files.release_syncs();
  for (auto& client : clients) CHECK(receive_produced(*client).error == ErrorCode::none);
  CHECK(fixture.files.segment_syncs() == 2);
}

TEST_CASE("rule 44: interval and none answer from the page cache") {
  Fixture fixture(GENERATE("interval", "none"));
  fixture.files.hold_syncs();
  RawClient client(fixture.whole.port());
  CHECK(produce(client, kAll, make_batch()) == Produced{ErrorCode::none, 0});
  CHECK(fetch(client, {.topic = "t"}).high_watermark == 1);
}

TEST_CASE("a failed sync is told as KAFKA_STORAGE_ERROR, to those that wait and to all that write later") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  const auto batch = make_batch();
  REQUIRE(produce(client, kAll, batch) == Produced{ErrorCode::none, 0});
  fixture.memory.fail_next({.operation = fs::Operation::sync, .path_part = ".segment", .code = Errc::io, .count = 1'000'000});
  CHECK(produce(client, kAll, batch) == Produced{ErrorCode::kafka_storage_error, -1});
  CHECK(produce(client, kAll, batch) == Produced{ErrorCode::kafka_storage_error, -1});
  CHECK(produce(client, kLeader, batch) == Produced{ErrorCode::kafka_storage_error, -1});
  // What was durable before is still served.
  CHECK(fetch(client, {.topic = "t"}).high_watermark == 1);
  // The disk works again: so does the partition, and what was written but not acked is there by then.
  RawClient reader(fixture.whole.port());
  reader.send(fetch_frame({.topic = "t", .offset = 1, .max_wait_ms = 60'000}));
  fixture.memory.clear_faults();
  CHECK(receive_fetched(reader).high_watermark == 2);
  CHECK(produce(client, kAll, batch) == Produced{ErrorCode::none, 2});
}

TEST_CASE("rule 40: a partition whose write fails does not fail its neighbour") {
  Fixture fixture("none");
  fixture.whole.create_topic("pair", 2);
  RawClient client(fixture.whole.port());
  const auto batch = make_batch();
  REQUIRE(produce(client, {.topic = "pair", .partition = 0}, batch).error == ErrorCode::none);
  fixture.memory.fail_next({.operation = fs::Operation::write, .path_part = "pair/partition-0", .code = Errc::no_space});
  client.send(produce_frame({.topic = "pair", .partition = 0}, batch) + produce_frame({.topic = "pair", .partition = 1}, batch));
  CHECK(receive_produced(client) == Produced{ErrorCode::kafka_storage_error, -1});
  CHECK(receive_produced(client) == Produced{ErrorCode::none, 0});
  // The next write goes where the failed one should have gone.
  CHECK(produce(client, {.topic = "pair", .partition = 0}, batch) == Produced{ErrorCode::none, 1});
}

TEST_CASE("an acks=all request whose time is up is answered so, and its sync later disturbs nobody") {
  ManualClock clock;
  fs::MemoryFileSystem memory;
  WatchedFiles files(memory);
  WholeBroker whole({.files = files, .clock = &clock, .quick_sync = {}});
  whole.create_topic("t");
  RawClient client(whole.port());
  const auto batch = make_batch();
  files.hold_syncs();
  client.send(produce_frame({.topic = "t", .timeout_ms = 1'000}, batch));
  files.await_held(1);
  RawClient other(whole.port());
  static_cast<void>(other.call<wire::ApiVersionsResponse>(wire::ApiVersionsRequest(), 0));
  clock.advance_ms(1'000);
  static_cast<void>(other.call<wire::ApiVersionsResponse>(wire::ApiVersionsRequest(), 0));
  CHECK(receive_produced(client).error == ErrorCode::request_timed_out);
  files.release_syncs();
  CHECK(produce(client, kAll, batch) == Produced{ErrorCode::none, 1});
}

TEST_CASE("a waiting produce is answered when its topic is deleted") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  fixture.files.hold_syncs();
  client.send(produce_frame(kAll, make_batch()));
  fixture.files.await_held(1);
  REQUIRE(fixture.whole.broker().catalog().remove(*fixture.whole.broker().catalog().snapshot()->share("t")));
  CHECK(receive_produced(client).error == ErrorCode::unknown_topic_or_partition);
}
