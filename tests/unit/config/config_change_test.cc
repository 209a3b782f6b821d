// Rule 27 and 14.24: the operations on a topic's configs.
#include "config/config_change.h"

#include <catch2/catch.hpp>

namespace streamline::config {
namespace {

using enum ConfigOperation;

TopicConfigMap changed(const TopicConfigMap& now, const std::vector<ConfigChange>& changes, const Properties& broker = {}) {
  const Result<TopicConfigMap> after = change_configs(now, changes, broker);
  if (!after) FAIL(after.error().text);
  return *after;
}

Error refusal(const std::vector<ConfigChange>& changes) {
  const Result<TopicConfigMap> after = change_configs({{"retention.ms", "5"}}, changes, {});
  REQUIRE_FALSE(after);
  return after.error();
}

TEST_CASE("rule 27: keys are set and removed, others stay") {
  const TopicConfigMap now{{"retention.ms", "5"}, {"segment.ms", "7"}};
  CHECK(changed(now, {{"retention.ms", set, "6"}, {"segment.ms", remove}, {"preallocate", set, "true"}}) ==
        TopicConfigMap{{"preallocate", "true"}, {"retention.ms", "6"}});
  CHECK(changed(now, {{"flush.ms", remove}}) == now);
}

TEST_CASE("rule 27: elements are appended to lists and subtracted from them, from what holds") {
  CHECK(changed({}, {{"cleanup.policy", append, "compact"}}) == TopicConfigMap{{"cleanup.policy", "delete,compact"}});
  CHECK(changed({}, {{"cleanup.policy", append, "delete"}}) == TopicConfigMap{{"cleanup.policy", "delete"}});
  CHECK(changed({{"cleanup.policy", "compact,delete"}}, {{"cleanup.policy", subtract, "delete"}}) ==
        TopicConfigMap{{"cleanup.policy", "compact"}});
  Properties broker;
  REQUIRE(broker.set("log.cleanup.policy", {.value = "compact", .source = Source::file, .origin = "test"}));
  CHECK(changed({}, {{"cleanup.policy", append, "delete"}}, broker) == TopicConfigMap{{"cleanup.policy", "compact,delete"}});
}

TEST_CASE("rule 14.24: subtracting what is not there is accepted") {
  CHECK(changed({}, {{"cleanup.policy", subtract, "compact"}}) == TopicConfigMap{{"cleanup.policy", "delete"}});
}

TEST_CASE("rule 27: changes that Kafka refuses are refused with its words") {
  CHECK(refusal({{"retention.ms", set, "6"}, {"retention.ms", remove}}).text == "Error due to duplicate config keys");
  CHECK(refusal({{"retention.ms", set}}).text == "Null value not supported for : retention.ms");
  CHECK(refusal({{"retention.ms", append, "6"}}).text == "Can't APPEND to key retention.ms because its type is not LIST.");
  CHECK(refusal({{"retention.ms", subtract, "6"}}).text == "Can't SUBTRACT to key retention.ms because its type is not LIST.");
  CHECK(refusal({{"no.such.key", set, "6"}}).text == "Unknown topic config name: no.such.key");
  CHECK(refusal({{"no.such.key", append, "6"}}).text == "Can't APPEND to key no.such.key because its type is not LIST.");
  CHECK(refusal({{"retention.ms", set}}).code == Errc::invalid_argument);
  CHECK(refusal({{"segment.ms", set, "0"}}).code == Errc::invalid_config);
  CHECK(refusal({{"cleanup.policy", append, "burn"}}).code == Errc::invalid_config);
}

TEST_CASE("replacing forgets what was set before") {
  const std::vector<ConfigChange> wanted{{"segment.ms", set, "9"}};
  CHECK(replace_configs(wanted).value() == TopicConfigMap{{"segment.ms", "9"}});
  CHECK(replace_configs({}).value().empty());
  const std::vector<ConfigChange> twice{{"segment.ms", set, "9"}, {"segment.ms", set, "8"}};
  CHECK(replace_configs(twice).error().code == Errc::invalid_argument);
}

}  // namespace
}  // namespace streamline::config
