// Fetches of what is not in memory: the pool reads it, and the reactor serves everybody else meanwhile (architecture.md 4.6).
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

constexpr int kBatches = 5;

/// A topic whose batches lie in a segment each; all but the last are cold.
struct Fixture {
  Fixture() : whole({.files = files, .properties = {{"durability", "none"}, {"log.segment.bytes", "1048576"}}}) {
    whole.create_topic("t");
    whole.create_topic("other");
    RawClient client(whole.port());
    const auto batch = make_batch({.value = std::string(700'000, 'v')});
    for (int i = 0; i < kBatches; ++i) REQUIRE(produce(client, {.topic = "t"}, batch) == Produced{ErrorCode::none, i});
    REQUIRE(whole.partition("t")->log().segment_count() == kBatches);
    files.make_cold();
  }
  ~Fixture() { files.release_reads(); }
  fs::MemoryFileSystem memory;
  WatchedFiles files{memory};
  WholeBroker whole;
};

}  // namespace

TEST_CASE("a fetch of cold bytes is answered, and waits for the disk without its reactor") {
  Fixture fixture;
  RawClient reader(fixture.whole.port());
  RawClient other(fixture.whole.port());
  fixture.files.hold_reads();
  reader.send(fetch_frame({.topic = "t", .offset = 1}));
  fixture.files.await_held_reads(1);
  CHECK(produce(other, {.topic = "other"}, make_batch()) == Produced{ErrorCode::none, 0});
  CHECK_FALSE(reader.has_answer());
  fixture.files.release_reads();
  const Fetched fetched = receive_fetched(reader);
  CHECK(fetched.error == ErrorCode::none);
  CHECK(fetched.high_watermark == kBatches);
  CHECK(fetched.records.size() > 700'000);
}

TEST_CASE("a session's fetch of cold bytes is answered too, one after the other") {
  Fixture fixture;
  RawClient reader(fixture.whole.port());
  const Fetched first = fetch(reader, {.topic = "t", .session_epoch = 0});
  CHECK(first.records.size() > 700'000);
  REQUIRE(first.session_id != 0);
  for (int i = 1; i < kBatches; ++i) {
    const Fetched next = fetch(reader, {.topic = "t", .offset = i, .session_id = first.session_id, .session_epoch = i});
    CHECK(next.records.size() > 700'000);
  }
}

TEST_CASE("a connection that closes while its fetch waits for the disk takes nothing with it") {
  Fixture fixture;
  fixture.files.hold_reads();
  {
    RawClient reader(fixture.whole.port());
    reader.send(fetch_frame({.topic = "t", .offset = 1}));
    fixture.files.await_held_reads(1);
  }
  RawClient other(fixture.whole.port());
  static_cast<void>(other.call<wire::ApiVersionsResponse>(wire::ApiVersionsRequest(), 0));
  fixture.files.release_reads();
  CHECK(fetch(other, {.topic = "t", .offset = 2}).records.size() > 700'000);
}

TEST_CASE("a broker that drains answers a fetch that waits for the disk without its bytes") {
  Fixture fixture;
  fixture.files.hold_reads();
  RawClient reader(fixture.whole.port());
  reader.send(fetch_frame({.topic = "t", .offset = 1}));
  fixture.files.await_held_reads(1);
  REQUIRE(fixture.whole.server().drain(10'000));
  CHECK(receive_fetched(reader).records.empty());
}

TEST_CASE("segments that no one has opened since the start are prepared off the reactor") {
  fs::MemoryFileSystem memory;
  const std::vector<std::pair<std::string, std::string>> properties = {{"durability", "none"}, {"log.segment.bytes", "1048576"}};
  {
    WholeBroker whole({.files = memory, .properties = properties});
    whole.create_topic("t");
    RawClient client(whole.port());
    const auto batch = make_batch({.value = std::string(700'000, 'v')});
    for (int i = 0; i < kBatches; ++i) REQUIRE(produce(client, {.topic = "t"}, batch).error == ErrorCode::none);
    REQUIRE(whole.stop());
  }
  WatchedFiles files(memory);
  WholeBroker whole({.files = files, .properties = properties});
  RawClient reader(whole.port());
  RawClient other(whole.port());
  files.make_cold();
  files.hold_reads();
  reader.send(fetch_frame({.topic = "t"}));
  files.await_held_reads(1);
  static_cast<void>(other.call<wire::ApiVersionsResponse>(wire::ApiVersionsRequest(), 0));
  CHECK_FALSE(reader.has_answer());
  files.release_reads();
  CHECK(receive_fetched(reader).records.size() > 700'000);
}
