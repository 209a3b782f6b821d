// kafka-rules 142: a full disk refuses what needs room and nothing else, and service comes back by itself.
#include "broker/disk_guard.h"

#include <catch2/catch.hpp>

#include "fs/memory_file_system.h"
#include "support/requests.h"
#include "support/whole_broker.h"
#include "wire/messages/create_topics.h"

using namespace streamline;
using namespace streamline::test;
using broker::DiskGuard;
using wire::ErrorCode;

namespace {

constexpr std::uint64_t kLow = 1'000'000;
constexpr std::uint64_t kFull = 100'000;
constexpr std::uint64_t kPlenty = 100'000'000;

struct Fixture {
  Fixture()
      : whole(
            {.files = files,
             .properties = {{"storage.space.alert.free.bytes", std::to_string(kLow)}, {"storage.min.free.bytes", std::to_string(kFull)}}}) {
    whole.create_topic("t");
  }
  DiskGuard::Level leave(std::uint64_t free_bytes) {
    files.set_free_bytes(free_bytes);
    return whole.broker().disk().check();
  }
  fs::MemoryFileSystem files;
  WholeBroker whole;
};

std::pair<ErrorCode, std::string> create(RawClient& client, std::string_view name) {
  wire::CreateTopicsRequest::CreatableTopic topic;
  topic.name = name;
  topic.num_partitions = 1;
  topic.replication_factor = 1;
  wire::CreateTopicsRequest request;
  request.topics = std::span(&topic, 1);
  const auto answer = client.call<wire::CreateTopicsResponse>(request, 5);
  REQUIRE(answer->topics.size() == 1);
  return {static_cast<ErrorCode>(answer->topics[0].error_code), std::string(answer->topics[0].error_message.value_or(""))};
}

}  // namespace

TEST_CASE("a level is left only with an eighth to spare") {
  fs::MemoryFileSystem files;
  REQUIRE(files.make_directory("data"));
  DiskGuard guard(files, "data", {.low_bytes = 800, .full_bytes = 80});
  const auto at = [&](std::uint64_t free_bytes) {
    files.set_free_bytes(free_bytes);
    return guard.check();
  };
  CHECK(at(800) == DiskGuard::Level::fine);
  CHECK(at(799) == DiskGuard::Level::low);
  CHECK(at(899) == DiskGuard::Level::low);
  CHECK(at(900) == DiskGuard::Level::fine);
  CHECK(at(79) == DiskGuard::Level::full);
  CHECK(at(89) == DiskGuard::Level::full);
  CHECK(at(90) == DiskGuard::Level::low);
}

TEST_CASE("a threshold of zero never holds") {
  fs::MemoryFileSystem files;
  REQUIRE(files.make_directory("data"));
  DiskGuard guard(files, "data", {});
  files.set_free_bytes(0);
  CHECK(guard.check() == DiskGuard::Level::fine);
}

TEST_CASE("rule 142: a low disk is only said, a full one refuses records, and both end by themselves") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  const auto batch = make_batch();
  REQUIRE(fixture.leave(kLow - 1) == DiskGuard::Level::low);
  CHECK(produce(client, {.topic = "t"}, batch) == Produced{ErrorCode::none, 0});
  REQUIRE(fixture.leave(kFull - 1) == DiskGuard::Level::full);
  CHECK(produce(client, {.topic = "t"}, batch) == Produced{ErrorCode::kafka_storage_error, -1});
  CHECK(fetch(client, {.topic = "t"}).high_watermark == 1);
  // Nobody asks for another look: the broker takes it by itself.
  fixture.files.set_free_bytes(kPlenty);
  while (produce(client, {.topic = "t"}, batch).error != ErrorCode::none) continue;
  CHECK(fetch(client, {.topic = "t", .offset = 1}).high_watermark == 2);
}

TEST_CASE("rule 142: a full disk refuses new topics with a text, and lets old ones go") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  REQUIRE(fixture.leave(kFull - 1) == DiskGuard::Level::full);
  const auto [error, text] = create(client, "another");
  CHECK(error == ErrorCode::kafka_storage_error);
  CHECK(text.find("the disk is full: 99999 bytes are free") == 0);
  CHECK(fixture.whole.broker().catalog().snapshot()->find("another") == nullptr);
  CHECK(fixture.whole.broker().catalog().remove(*fixture.whole.broker().catalog().snapshot()->share("t")));
  REQUIRE(fixture.leave(kPlenty) == DiskGuard::Level::fine);
  CHECK(create(client, "another").first == ErrorCode::none);
}

TEST_CASE("rule 142: a write that finds no space fails alone, and the next one that finds some goes on at its offset") {
  Fixture fixture;
  RawClient client(fixture.whole.port());
  const auto batch = make_batch({.records = 3});
  REQUIRE(produce(client, {.topic = "t"}, batch) == Produced{ErrorCode::none, 0});
  // Before anybody has looked at the disk.
  fixture.files.set_free_bytes(batch.size() / 2);
  CHECK(produce(client, {.topic = "t"}, batch) == Produced{ErrorCode::kafka_storage_error, -1});
  CHECK(fetch(client, {.topic = "t"}).high_watermark == 3);
  fixture.files.set_free_bytes(kPlenty);
  while (produce(client, {.topic = "t"}, batch).error != ErrorCode::none) continue;
  CHECK(fetch(client, {.topic = "t", .offset = 3}).high_watermark == 6);
}
