// Configs of brokers that clients change: what is taken and refused, which value wins, and how it is described.
#include "config/broker_config.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "config/client_metrics_config.h"

namespace streamline::config {
namespace {

using enum ConfigOperation;

BrokerConfigMap changed(const BrokerConfigMap& now, const std::vector<ConfigChange>& changes, const Properties& broker = {}) {
  const auto after = change_broker_configs(now, changes, broker);
  if (!after) FAIL(after.error().text);
  return *after;
}

Error refusal(const std::vector<ConfigChange>& changes) {
  const auto after = change_broker_configs({}, changes, {});
  REQUIRE_FALSE(after);
  return after.error();
}

TEST_CASE("keys that are read anew are set in their one spelling and removed") {
  CHECK(changed({}, {{"message.max.bytes", set, " +5 "}}) == BrokerConfigMap{{"message.max.bytes", "5"}});
  CHECK(changed({{"message.max.bytes", "5"}}, {{"message.max.bytes", remove}}).empty());
  CHECK(changed({}, {{"node.id", remove}, {"no.such.key", remove}}).empty());
}

TEST_CASE("elements are appended to what holds for the broker") {
  Properties broker;
  REQUIRE(broker.set("log.cleanup.policy", {"compact", Source::file, "f:1"}));
  const BrokerConfigMap after = changed({}, {{"log.cleanup.policy", append, "delete"}}, broker);
  CHECK(after == BrokerConfigMap{{"log.cleanup.policy", "compact,delete"}});
  CHECK(changed(after, {{"log.cleanup.policy", subtract, "compact"}}, broker) == BrokerConfigMap{{"log.cleanup.policy", "delete"}});
}

TEST_CASE("what cannot be set is refused with Kafka's texts") {
  CHECK(refusal({{"num.partitions", set, "5"}, {"log.dirs", set, "x"}}).text ==
        "Cannot update these configs dynamically: [num.partitions, log.dirs]");
  CHECK(refusal({{"process.roles", set, "broker"}}).text == "Cannot update these configs dynamically: [process.roles]");
  CHECK(refusal({{"no.such.key", set, "5"}}).text == "Unknown broker config name: no.such.key");
  CHECK(refusal({{"message.max.bytes", set, "x"}}).text == "Invalid value x for configuration message.max.bytes: Not a number of type INT");
  CHECK(refusal({{"message.max.bytes", set, "x"}}).code == Errc::invalid_argument);
  CHECK(refusal({{"message.max.bytes", append, "5"}}).code == Errc::invalid_config);
  CHECK(refusal({{"max.connections", set, "0"}}).text == "Invalid max.connections 0");
  CHECK(refusal({{"message.max.bytes", set, std::nullopt}}).text == "Null value not supported for : message.max.bytes");
}

TEST_CASE("what another version kept is told and does not count") {
  std::vector<std::string> refused;
  CHECK(usable_broker_configs({{"message.max.bytes", "5"}, {"gone.key", "1"}, {"log.segment.bytes", "x"}}, refused) ==
        BrokerConfigMap{{"message.max.bytes", "5"}});
  CHECK(refused.size() == 2);
}

Properties layered() {
  Properties broker;
  REQUIRE(broker.set("log.retention.hours", {"5", Source::flag, "-X"}));
  broker.set_layer(Layer::all_brokers, {{"log.retention.ms", "60"}, {"message.max.bytes", "70"}});
  broker.set_layer(Layer::this_broker, {{"message.max.bytes", "80"}});
  return broker;
}

TEST_CASE("this broker wins over all brokers, and both over what was loaded") {
  const Properties broker = layered();
  CHECK(broker.int32("message.max.bytes") == 80);
  CHECK(broker.int64("log.retention.ms") == 60);
  CHECK(broker.source("message.max.bytes") == Source::default_value);
  CHECK(topic_options({}, broker).retention_ms == 60);
  CHECK(topic_options({}, broker).max_message_bytes == 80);
}

TEST_CASE("each layer is described with what would hold without it") {
  const Properties broker = layered();
  const auto all = describe_broker(broker);
  const auto found = std::ranges::find_if(all, [](const DescribedConfig& config) { return config.property->name == "message.max.bytes"; });
  REQUIRE(found != all.end());
  CHECK(found->value == "80");
  CHECK(found->source == ConfigSource::dynamic_broker);
  CHECK(found->synonyms == std::vector<ConfigSynonym>{{"message.max.bytes", "80", ConfigSource::dynamic_broker},
                                                      {"message.max.bytes", "70", ConfigSource::dynamic_default_broker},
                                                      {"message.max.bytes", "1048588", ConfigSource::default_config}});
  std::vector<std::string> names;
  for (const DescribedConfig& config : describe_broker_defaults(broker)) names.emplace_back(config.property->name);
  CHECK(names == std::vector<std::string>{"log.retention.ms", "message.max.bytes", "min.insync.replicas"});
}

TEST_CASE("a subscription of client metrics takes its three keys and nothing else") {
  const std::vector<ConfigChange> good = {
      {"interval.ms", set, "5000"}, {"metrics", set, "a., b."}, {"match", set, "client_id=x.*,client_source_port=9.*"}};
  const auto after = change_client_metrics({}, good, {});
  REQUIRE(after);
  const ClientMetricsOptions options = client_metrics_options(*after);
  CHECK(options.interval_ms == 5000);
  CHECK(options.metrics == std::vector<std::string>{"a.", "b."});
  REQUIRE(options.patterns.size() == 2);
  CHECK(options.patterns[1].what == "client_source_port");
  CHECK(options.patterns[1].expression == "9.*");
  const auto refused = [](const std::string& key, ConfigOperation how, const std::string& value) {
    const ConfigChange change = {key, how, value};
    const auto result = change_client_metrics({}, std::span(&change, 1), {});
    return result ? "" : result.error().text;
  };
  CHECK(refused("nope", set, "1") == "Unknown client metrics configuration: nope");
  CHECK(refused("interval.ms", set, "99") == "Invalid value 99 for interval.ms, interval must be between 100 and 3600000 (1 hour)");
  CHECK(refused("match", set, "nope=1") == "Illegal client matching pattern: nope=1");
  CHECK(refused("match", set, "client_id") == "Illegal client matching pattern: client_id");
  CHECK(refused("metrics", append, "c.") == "Can't APPEND to key metrics because its type is not LIST.");
  CHECK(client_metrics_options({{"interval.ms", "x"}}).interval_ms == 300'000);
}

}  // namespace
}  // namespace streamline::config
