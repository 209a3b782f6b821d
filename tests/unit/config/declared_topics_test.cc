// The list of topics to be made, in the spellings that are around.
#include "config/declared_topics.h"

#include <catch2/catch.hpp>

#include "config/loader.h"

namespace streamline::config {
namespace {

DeclaredTopic parsed(std::string_view text) {
  const Result<DeclaredTopic> topic = parse_declared_topic(text);
  if (!topic) FAIL(topic.error().text);
  return *topic;
}

TEST_CASE("a declared topic has a name, and may have partitions, replicas and a policy") {
  CHECK(parsed("orders") == DeclaredTopic{.name = "orders", .cleanup_policy = {}});
  CHECK(parsed(" orders : 3 ") == DeclaredTopic{.name = "orders", .partitions = 3, .cleanup_policy = {}});
  CHECK(parsed("users:1:compact") == DeclaredTopic{.name = "users", .partitions = 1, .cleanup_policy = "compact"});
  CHECK(parsed("a:3:1:compact+delete") ==
        DeclaredTopic{.name = "a", .partitions = 3, .replication = 1, .cleanup_policy = "compact,delete"});
  CHECK(parsed("a:compact") == DeclaredTopic{.name = "a", .cleanup_policy = "compact"});
  CHECK(parsed("a:-1:-1") == DeclaredTopic{.name = "a", .cleanup_policy = {}});
}

TEST_CASE("what is no declared topic is refused with its text") {
  for (const std::string_view text :
       {"", ":3", "a:", "a:0", "a:-2", "a:x", "a:1:1:1", "a:1:compact:1", "a:compact:delete", "a:99999999999"}) {
    const Result<DeclaredTopic> topic = parse_declared_topic(text);
    INFO(text);
    REQUIRE_FALSE(topic.has_value());
    CHECK(topic.error().code == Errc::invalid_config);
    CHECK(topic.error().text.starts_with(std::string(text) + ": "));
  }
  CHECK(parse_declared_topic("a:3:2").error().text.find("single node") != std::string::npos);
}

TEST_CASE("topics come from our variable, the one of Kafka images, and the flag, which wins") {
  LoadRequest request;
  request.environment = {{"KAFKA_CREATE_TOPICS", "a:1:1,b:2:1:compact"}};
  Result<Loaded> loaded = load(request);
  REQUIRE(loaded);
  CHECK(declared_topics(loaded->properties)->size() == 2);
  request.environment.emplace_back("STREAMLINE_TOPICS", "c");
  request.overrides = {{.key = "topics", .value = "d:4", .origin = "--topic"}};
  loaded = load(request);
  REQUIRE(loaded);
  CHECK(*declared_topics(loaded->properties) == std::vector{parsed("d:4")});
}

TEST_CASE("a topic that is declared twice or wrongly is a mistake of the configuration, told with its origin") {
  LoadRequest request;
  request.environment = {{"STREAMLINE_TOPICS", "a:1,a:2"}};
  CHECK(load(request).error().text == "STREAMLINE_TOPICS: topics: a stands twice");
  request.environment = {{"STREAMLINE_TOPICS", "a:none"}};
  CHECK(load(request).error().text.starts_with("STREAMLINE_TOPICS: topics: a:none: none is neither"));
}

TEST_CASE("variables of the image that puts CFG_ before Kafka's names are read") {
  LoadRequest request;
  request.environment = {{"KAFKA_CFG_NUM_PARTITIONS", "7"}};
  CHECK(load(request)->properties.int32("num.partitions") == 7);
}

}  // namespace
}  // namespace streamline::config
