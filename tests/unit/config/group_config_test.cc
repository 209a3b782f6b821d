// Rule 126: what may be set on a single group, and what holds then. Texts and sources are those of Kafka 4.3.1.
#include "config/group_config.h"

#include <catch2/catch.hpp>

namespace streamline::config {
namespace {

using enum ConfigOperation;

const std::string kSession = "consumer.session.timeout.ms";
const std::string kHeartbeat = "consumer.heartbeat.interval.ms";

Properties broker_with(std::vector<std::pair<std::string, std::string>> settings) {
  Properties broker;
  for (const auto& [name, value] : settings) REQUIRE(broker.set(name, {.value = value, .source = Source::file, .origin = "test"}));
  return broker;
}

Error refusal(const std::vector<ConfigChange>& changes, const Properties& broker = {}) {
  const auto after = change_group_configs({}, changes, broker);
  REQUIRE_FALSE(after);
  return after.error();
}

TEST_CASE("rule 126: keys of a group are set, changed and removed") {
  const std::vector<ConfigChange> both{{kSession, set, "50000"}, {kHeartbeat, set, "6000"}};
  const auto after = change_group_configs({}, both, {});
  REQUIRE(after);
  CHECK(*after == GroupConfigMap{{kHeartbeat, "6000"}, {kSession, "50000"}});
  const std::vector<ConfigChange> less{{kSession, remove}};
  CHECK(change_group_configs(*after, less, {}).value() == GroupConfigMap{{kHeartbeat, "6000"}});
  const std::vector<ConfigChange> only{{kSession, set, "55000"}};
  CHECK(replace_group_configs(only, {}).value() == GroupConfigMap{{kSession, "55000"}});
}

TEST_CASE("rule 126: what Kafka refuses is refused with its words") {
  CHECK(refusal({{kSession, set, "44999"}}).text ==
        "consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms");
  CHECK(refusal({{kSession, set, "60001"}}).text ==
        "consumer.session.timeout.ms must be less than or equal to group.consumer.max.session.timeout.ms");
  CHECK(refusal({{kHeartbeat, set, "4999"}}).text ==
        "consumer.heartbeat.interval.ms must be greater than or equal to group.consumer.min.heartbeat.interval.ms");
  CHECK(refusal({{kHeartbeat, set, "15001"}}).text ==
        "consumer.heartbeat.interval.ms must be less than or equal to group.consumer.max.heartbeat.interval.ms");
  CHECK(refusal({{kSession, set, "x"}}).text == "Invalid value x for configuration consumer.session.timeout.ms: Not a number of type INT");
  CHECK(refusal({{kSession, set, "0"}}).text == "Invalid value 0 for configuration consumer.session.timeout.ms: Value must be at least 1");
  CHECK(refusal({{"x.y", set, "1"}}).text == "Unknown group config name: x.y");
  CHECK(refusal({{kSession, append, "1"}}).text == "Can't APPEND to key consumer.session.timeout.ms because its type is not LIST.");
  CHECK(refusal({{kSession, set, "44999"}}).code == Errc::invalid_config);
  CHECK(refusal({{kSession, set}}).code == Errc::invalid_argument);
  const std::vector<ConfigChange> short_one{{kSession, set, "44999"}};
  CHECK_FALSE(replace_group_configs(short_one, {}));
}

TEST_CASE("rule 126: the range is the broker's to choose, and a session outlasts the pause between heartbeats") {
  const Properties broker = broker_with({{"group.consumer.min.session.timeout.ms", "1000"}});
  const std::vector<ConfigChange> longer{{kSession, set, "5001"}};
  CHECK(change_group_configs({}, longer, broker));
  CHECK(refusal({{kSession, set, "5000"}}, broker).text ==
        "consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms");
}

TEST_CASE("a group's own values win over the broker's, and a value that is none counts as not set") {
  const Properties broker = broker_with({{"group.consumer.session.timeout.ms", "46000"}});
  CHECK(group_options({}, broker).consumer_session_ms == 46000);
  CHECK(group_options({}, broker).consumer_heartbeat_interval_ms == 5000);
  CHECK(group_options({{kSession, "50000"}}, broker).consumer_session_ms == 50000);
  CHECK(group_options({{kSession, "soon"}}, broker).consumer_session_ms == 46000);
}

TEST_CASE("a described key tells where its value comes from, and what would hold without that") {
  const Properties broker = broker_with({{"group.consumer.session.timeout.ms", "46000"}});
  const auto described = describe_group({{kSession, "50000"}}, broker);
  REQUIRE(described.size() == 2);
  CHECK(described[0].property->name == kHeartbeat);
  CHECK(described[0].value == "5000");
  CHECK(described[0].source == ConfigSource::default_config);
  CHECK_FALSE(described[0].read_only);
  CHECK(described[1].value == "50000");
  CHECK(described[1].source == ConfigSource::dynamic_group);
  CHECK(described[1].synonyms == std::vector<ConfigSynonym>{{kSession, "50000", ConfigSource::dynamic_group},
                                                            {"group.consumer.session.timeout.ms", "46000", ConfigSource::static_broker},
                                                            {"group.consumer.session.timeout.ms", "45000", ConfigSource::default_config}});
}

}  // namespace
}  // namespace streamline::config
