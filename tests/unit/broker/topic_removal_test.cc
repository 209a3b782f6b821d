// What clients see when a topic cannot be removed from the disk, and when its id is used after another took its name.
#include <catch2/catch.hpp>

#include "fs/memory_file_system.h"
#include "support/requests.h"
#include "support/whole_broker.h"
#include "wire/messages/delete_topics.h"

using namespace streamline;
using namespace streamline::test;
using wire::ErrorCode;

namespace {

ErrorCode delete_by_id(RawClient& client, const TopicId& id) {
  wire::DeleteTopicsRequest::DeleteTopicState topic;
  topic.name.reset();
  topic.topic_id = id;
  wire::DeleteTopicsRequest request;
  request.topics = std::span(&topic, 1);
  request.timeout_ms = 1000;
  const auto answer = client.call<wire::DeleteTopicsResponse>(request, 6);
  REQUIRE(answer->responses.size() == 1);
  return static_cast<ErrorCode>(answer->responses[0].error_code);
}

TopicId id_of(WholeBroker& whole, std::string_view name) { return whole.broker().catalog().snapshot()->find(name)->id; }

}  // namespace

TEST_CASE("a topic whose files cannot be moved away serves on, with its records, and goes at the next try") {
  fs::MemoryFileSystem files;
  WholeBroker whole({.files = files});
  whole.create_topic("t");
  const TopicId id = id_of(whole, "t");
  RawClient client(whole.port());
  CHECK(produce(client, {.topic = "t"}, make_batch({.value = "kept"})) == Produced{ErrorCode::none, 0});
  files.fail_next({.operation = fs::Operation::rename, .path_part = "topics/t"});
  CHECK(delete_by_id(client, id) == ErrorCode::kafka_storage_error);
  files.clear_faults();
  CHECK(id_of(whole, "t") == id);
  CHECK(produce(client, {.topic = "t"}, make_batch()) == Produced{ErrorCode::none, 1});
  CHECK_THAT(fetch(client, {.topic = "t"}).records, Catch::Contains("kept"));
  CHECK(delete_by_id(client, id) == ErrorCode::none);
  CHECK(produce(client, {.topic = "t"}, make_batch()).error == ErrorCode::unknown_topic_or_partition);
}

TEST_CASE("rule 24: an id of a topic that was made again deletes nothing") {
  fs::MemoryFileSystem files;
  WholeBroker whole({.files = files});
  whole.create_topic("t");
  const TopicId first = id_of(whole, "t");
  RawClient client(whole.port());
  CHECK(delete_by_id(client, first) == ErrorCode::none);
  whole.create_topic("t");
  CHECK(delete_by_id(client, first) == ErrorCode::unknown_topic_id);
  CHECK(produce(client, {.topic = "t"}, make_batch()) == Produced{ErrorCode::none, 0});
}
