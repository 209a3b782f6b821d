// Kept fetch sessions over a socket (KIP-227, kafka-rules section 6), and the ends that a wait can come to in one turn.
#include <catch2/catch.hpp>
#include <functional>
#include <future>

#include "fs/memory_file_system.h"
#include "support/requests.h"
#include "support/whole_broker.h"
#include "wire/messages/api_versions.h"

using namespace streamline;
using namespace streamline::test;
using wire::ErrorCode;

namespace {

struct Fixture {
  explicit Fixture(const std::string& slots = "10")
      : whole({.files = files,
               .properties = {{"durability", "none"}, {"max.incremental.fetch.session.cache.slots", slots}},
               .clock = &clock}) {
    whole.create_topic("t");
  }
  void pass_a_turn() { static_cast<void>(other.call<wire::ApiVersionsResponse>(wire::ApiVersionsRequest(), 0)); }
  /// A session at offset 0 of the empty topic.
  std::int32_t open_session(RawClient& client) {
    const Fetched opened = fetch(client, {.topic = "t", .session_epoch = 0});
    REQUIRE(opened.error == ErrorCode::none);
    return opened.session_id;
  }
  /// Runs in the reactor's thread, after what it has read by now.
  void in_reactor(std::function<void()> work) {
    std::promise<void> done;
    whole.server().reactor(0).post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  ManualClock clock;
  fs::MemoryFileSystem files{fs::DurabilityTracking::off};
  WholeBroker whole;
  RawClient other{whole.port()};
};

FetchSpec incremental(std::int32_t id, std::int32_t epoch, std::int32_t max_wait_ms = 0) {
  return {.topic = "", .max_wait_ms = max_wait_ms, .session_id = id, .session_epoch = epoch};
}

}  // namespace

TEST_CASE("a session answers only what is new") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  const std::int32_t id = fixture.open_session(client);
  REQUIRE(id != 0);
  CHECK(fetch(client, incremental(id, 1)).partitions == 0);
  const auto batch = make_batch();
  REQUIRE(produce(fixture.other, {.topic = "t"}, batch).error == ErrorCode::none);
  const Fetched news = fetch(client, incremental(id, 2));
  CHECK(news.partitions == 1);
  CHECK(news.high_watermark == 1);
  CHECK(news.records.size() == batch.size());
}

TEST_CASE("a wrong epoch and an unknown id are refused") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  const std::int32_t id = fixture.open_session(client);
  CHECK(fetch(client, incremental(id, 2)).error == ErrorCode::invalid_fetch_session_epoch);
  CHECK(fetch(client, incremental(id, 1)).error == ErrorCode::none);
  CHECK(fetch(client, incremental(id ^ 0x4000, 1)).error == ErrorCode::fetch_session_id_not_found);
}

TEST_CASE("when every slot is taken a new client fetches without a session") {
  Fixture fixture("2");
  RawClient client(fixture.whole.port());
  const std::int32_t first = fixture.open_session(client);
  const std::int32_t second = fixture.open_session(client);
  CHECK(first != 0);
  CHECK(second != 0);
  CHECK(first != second);
  CHECK(fixture.open_session(client) == 0);
  CHECK(fetch(client, incremental(first, 1)).error == ErrorCode::none);
}

TEST_CASE("a session idle for two minutes makes room, the one idle longest first") {
  Fixture fixture("2");
  RawClient client(fixture.whole.port());
  const std::int32_t first = fixture.open_session(client);
  const std::int32_t second = fixture.open_session(client);
  fixture.clock.advance_ms(60'000);
  REQUIRE(fetch(client, incremental(first, 1)).error == ErrorCode::none);
  fixture.clock.advance_ms(60'000);
  const std::int32_t third = fixture.open_session(client);
  CHECK(third != 0);
  CHECK(fetch(client, incremental(second, 1)).error == ErrorCode::fetch_session_id_not_found);
  CHECK(fetch(client, incremental(first, 2)).error == ErrorCode::none);
}

TEST_CASE("a session with a parked request is not evicted") {
  Fixture fixture("1");
  RawClient client(fixture.whole.port());
  const std::int32_t id = fixture.open_session(client);
  client.send(fetch_frame(incremental(id, 1, 10'000'000)));
  fixture.pass_a_turn();
  fixture.clock.advance_ms(130'000);
  CHECK(fixture.open_session(fixture.other) == 0);
  REQUIRE(produce(fixture.other, {.topic = "t"}, make_batch()).error == ErrorCode::none);
  CHECK(receive_fetched(client).high_watermark == 1);
}

TEST_CASE("a parked request is answered when its session is closed by another connection") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  const std::int32_t id = fixture.open_session(client);
  client.send(fetch_frame(incremental(id, 1, 10'000'000)));
  fixture.pass_a_turn();
  CHECK_FALSE(client.has_answer());
  const Fetched closing = fetch(fixture.other, {.topic = "t", .session_id = id, .session_epoch = -1});
  CHECK(closing.session_id == 0);
  const Fetched answer = receive_fetched(client);
  CHECK(answer.error == ErrorCode::none);
  CHECK(answer.partitions == 0);
  CHECK(fetch(client, incremental(id, 2)).error == ErrorCode::fetch_session_id_not_found);
}

TEST_CASE("a parked request of a closed connection goes with it, its session stays") {
  Fixture fixture;
  std::int32_t id = 0;
  {
    RawClient client(fixture.whole.port());
    id = fixture.open_session(client);
    client.send(fetch_frame(incremental(id, 1, 10'000'000)));
    fixture.pass_a_turn();
  }
  while (fixture.whole.server().connection_count() > 1) fixture.pass_a_turn();
  REQUIRE(produce(fixture.other, {.topic = "t"}, make_batch()).error == ErrorCode::none);
  CHECK(fetch(fixture.other, incremental(id, 2)).high_watermark == 1);
}

TEST_CASE("news and the end of the wait in one turn give one answer") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  const std::int32_t id = fixture.open_session(client);
  client.send(fetch_frame(incremental(id, 1, 500)));
  fixture.pass_a_turn();
  // Both within one turn of the reactor: the append is told of by mail, and the time is up.
  auto batch = make_batch();
  const auto partition = fixture.whole.partition("t");
  fixture.in_reactor([&] {
    storage::AppendItem item{.batch = batch};
    storage::AppendItem* const items[] = {&item};
    static_cast<void>(partition->log().append(items, WallTime{fixture.clock.wall_ms()}));
    fixture.whole.broker().tell_progress(*partition, static_cast<std::int64_t>(batch.size()), nullptr);
    fixture.clock.advance_ms(500);
  });
  CHECK(receive_fetched(client).records.size() == batch.size());
  CHECK(fetch(client, incremental(id, 2)).error == ErrorCode::none);
  fixture.pass_a_turn();
  CHECK_FALSE(client.has_answer());
}

TEST_CASE("news and then the end of the session give one answer") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  const std::int32_t id = fixture.open_session(client);
  client.send(fetch_frame(incremental(id, 1, 10'000'000)));
  fixture.pass_a_turn();
  const auto batch = make_batch();
  fixture.other.send(produce_frame({.topic = "t"}, batch) + fetch_frame({.topic = "t", .session_id = id, .session_epoch = -1}));
  CHECK(receive_produced(fixture.other).error == ErrorCode::none);
  CHECK(receive_fetched(fixture.other).high_watermark == 1);
  CHECK(receive_fetched(client).records.size() == batch.size());
  CHECK(fetch(client, incremental(id, 2)).error == ErrorCode::fetch_session_id_not_found);
}

TEST_CASE("a request on a session whose parked request has news answers that one first") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  const std::int32_t id = fixture.open_session(client);
  client.send(fetch_frame(incremental(id, 1, 10'000'000)));
  fixture.pass_a_turn();
  const auto batch = make_batch();
  // One turn: the append makes the parked request ready, the next request of its session ends its wait.
  fixture.other.send(produce_frame({.topic = "t"}, batch) + fetch_frame(incremental(id, 2)));
  CHECK(receive_produced(fixture.other).error == ErrorCode::none);
  CHECK(receive_fetched(client).records.size() == batch.size());
  CHECK(receive_fetched(fixture.other).records.size() == batch.size());
}

TEST_CASE("a drain answers parked requests") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  client.send(fetch_frame({.topic = "t", .max_wait_ms = 10'000'000}));
  fixture.pass_a_turn();
  CHECK(fixture.whole.stop());
  CHECK(receive_fetched(client).error == ErrorCode::none);
}

namespace {

/// Asks for partitions [0, count) of a topic, known or not, in a session.
std::string wide_fetch(std::int32_t count, std::int32_t session_id, std::int32_t session_epoch) {
  std::vector<wire::FetchRequest::FetchPartition> partitions(static_cast<std::size_t>(count));
  for (std::int32_t i = 0; i < count; ++i) partitions[static_cast<std::size_t>(i)].partition = i;
  wire::FetchRequest::FetchTopic topic;
  topic.topic = "wide";
  topic.partitions = partitions;
  wire::FetchRequest request;
  request.session_id = session_id;
  request.session_epoch = session_epoch;
  request.topics = std::span(&topic, 1);
  return frame_of(request, kFetchVersion);
}

}  // namespace

TEST_CASE("sessions whose partitions would be too many are not kept, and one that grows too large ends") {
  fs::MemoryFileSystem files;
  // A sixteenth of it, 5,120 partitions.
  WholeBroker whole({.files = files, .properties = {{"memory.limit.bytes", "41943040"}}});
  RawClient client(whole.port());
  client.send(wide_fetch(5'121, 0, 0));
  CHECK(receive_fetched(client).session_id == 0);
  client.send(wide_fetch(3'000, 0, 0));
  const Fetched kept = receive_fetched(client);
  CHECK(kept.session_id != 0);
  client.send(wide_fetch(3'000, 0, 0));
  CHECK(receive_fetched(client).session_id == 0);
  client.send(wide_fetch(5'121, kept.session_id, 1));
  CHECK(receive_fetched(client).error == ErrorCode::fetch_session_id_not_found);
  // Its room is free again.
  client.send(wide_fetch(5'000, 0, 0));
  CHECK(receive_fetched(client).session_id != 0);
}
