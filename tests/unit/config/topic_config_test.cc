// Topic configs: refusals, what holds, and how it is described.
#include "config/topic_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "config/kafka_keys.h"

namespace streamline::config {

namespace {

Properties with(std::vector<std::pair<std::string, std::string>> values) {
  Properties properties;
  for (auto& [key, value] : values) REQUIRE(properties.set(key, {value, Source::file, "f:1"}).has_value());
  return properties;
}

std::string_view source_name(ConfigSource source) {
  switch (source) {
    case ConfigSource::unknown: return "UNKNOWN";
    case ConfigSource::dynamic_topic: return "DYNAMIC_TOPIC_CONFIG";
    case ConfigSource::dynamic_broker: return "DYNAMIC_BROKER_CONFIG";
    case ConfigSource::dynamic_default_broker: return "DYNAMIC_DEFAULT_BROKER_CONFIG";
    case ConfigSource::static_broker: return "STATIC_BROKER_CONFIG";
    case ConfigSource::default_config: return "DEFAULT_CONFIG";
    case ConfigSource::dynamic_broker_logger: return "DYNAMIC_BROKER_LOGGER_CONFIG";
    case ConfigSource::dynamic_client_metrics: return "DYNAMIC_CLIENT_METRICS_CONFIG";
    case ConfigSource::dynamic_group: return "DYNAMIC_GROUP_CONFIG";
  }
  return "";
}
std::string_view type_name(Type type) {
  switch (type) {
    case Type::boolean: return "BOOLEAN";
    case Type::int32: return "INT";
    case Type::int64: return "LONG";
    case Type::real: return "DOUBLE";
    case Type::string: return "STRING";
    case Type::list: return "LIST";
    case Type::password: return "PASSWORD";
  }
  return "";
}
std::string line_of(const DescribedConfig& config) {
  std::string synonyms;
  for (const ConfigSynonym& synonym : config.synonyms) {
    synonyms +=
        fmt::format("{}{}={} {}", synonyms.empty() ? "" : "; ", synonym.name, synonym.value.value_or("null"), source_name(synonym.source));
  }
  return fmt::format("{} = {} {} {} [{}]", config.property->name, config.value.value_or("null"), source_name(config.source),
                     type_name(config.property->type), synonyms);
}
std::vector<std::string> lines_of(const std::vector<DescribedConfig>& configs) {
  std::vector<std::string> lines;
  for (const DescribedConfig& config : configs) lines.push_back(line_of(config));
  return lines;
}
std::vector<std::string> split_lines(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}
/// A key's described line.
std::string described(std::string_view key, const TopicConfigMap& configs, const Properties& broker) {
  for (const DescribedConfig& config : describe_topic(configs, broker)) {
    if (config.property->name == key) return line_of(config);
  }
  return "absent";
}
std::string refusal(const TopicConfigMap& configs) {
  const Status checked = check_topic_config(configs);
  if (checked) return "accepted";
  CHECK(checked.error().code == Errc::invalid_config);
  return checked.error().text;
}

// What Kafka 4.3.1's AdminClient showed of a topic made with retention.ms=1000 and cleanup.policy=compact,delete.
constexpr std::string_view kKafkaShows = R"(
cleanup.policy = compact,delete DYNAMIC_TOPIC_CONFIG LIST [cleanup.policy=compact,delete DYNAMIC_TOPIC_CONFIG; log.cleanup.policy=delete DEFAULT_CONFIG]
compression.gzip.level = -1 DEFAULT_CONFIG INT [compression.gzip.level=-1 DEFAULT_CONFIG]
compression.lz4.level = 9 DEFAULT_CONFIG INT [compression.lz4.level=9 DEFAULT_CONFIG]
compression.type = producer DEFAULT_CONFIG STRING [compression.type=producer DEFAULT_CONFIG]
compression.zstd.level = 3 DEFAULT_CONFIG INT [compression.zstd.level=3 DEFAULT_CONFIG]
delete.retention.ms = 86400000 DEFAULT_CONFIG LONG [log.cleaner.delete.retention.ms=86400000 DEFAULT_CONFIG]
file.delete.delay.ms = 60000 DEFAULT_CONFIG LONG [log.segment.delete.delay.ms=60000 DEFAULT_CONFIG]
flush.messages = 9223372036854775807 DEFAULT_CONFIG LONG [log.flush.interval.messages=9223372036854775807 DEFAULT_CONFIG]
flush.ms = 9223372036854775807 DEFAULT_CONFIG LONG []
follower.replication.throttled.replicas =  DEFAULT_CONFIG LIST []
index.interval.bytes = 4096 DEFAULT_CONFIG INT [log.index.interval.bytes=4096 DEFAULT_CONFIG]
leader.replication.throttled.replicas =  DEFAULT_CONFIG LIST []
local.retention.bytes = -2 DEFAULT_CONFIG LONG [log.local.retention.bytes=-2 DEFAULT_CONFIG]
local.retention.ms = -2 DEFAULT_CONFIG LONG [log.local.retention.ms=-2 DEFAULT_CONFIG]
max.compaction.lag.ms = 9223372036854775807 DEFAULT_CONFIG LONG [log.cleaner.max.compaction.lag.ms=9223372036854775807 DEFAULT_CONFIG]
max.message.bytes = 1048588 DEFAULT_CONFIG INT [message.max.bytes=1048588 DEFAULT_CONFIG]
message.timestamp.after.max.ms = 3600000 DEFAULT_CONFIG LONG [log.message.timestamp.after.max.ms=3600000 DEFAULT_CONFIG]
message.timestamp.before.max.ms = 9223372036854775807 DEFAULT_CONFIG LONG [log.message.timestamp.before.max.ms=9223372036854775807 DEFAULT_CONFIG]
message.timestamp.type = CreateTime DEFAULT_CONFIG STRING [log.message.timestamp.type=CreateTime DEFAULT_CONFIG]
min.cleanable.dirty.ratio = 0.5 DEFAULT_CONFIG DOUBLE [log.cleaner.min.cleanable.ratio=0.5 DEFAULT_CONFIG]
min.compaction.lag.ms = 0 DEFAULT_CONFIG LONG [log.cleaner.min.compaction.lag.ms=0 DEFAULT_CONFIG]
min.insync.replicas = 1 DYNAMIC_DEFAULT_BROKER_CONFIG INT [min.insync.replicas=1 DYNAMIC_DEFAULT_BROKER_CONFIG; min.insync.replicas=1 DEFAULT_CONFIG]
preallocate = false DEFAULT_CONFIG BOOLEAN [log.preallocate=false DEFAULT_CONFIG]
remote.log.copy.disable = false DEFAULT_CONFIG BOOLEAN []
remote.log.delete.on.disable = false DEFAULT_CONFIG BOOLEAN []
remote.storage.enable = false DEFAULT_CONFIG BOOLEAN []
retention.bytes = -1 DEFAULT_CONFIG LONG [log.retention.bytes=-1 DEFAULT_CONFIG]
retention.ms = 1000 DYNAMIC_TOPIC_CONFIG LONG [retention.ms=1000 DYNAMIC_TOPIC_CONFIG]
segment.bytes = 1073741824 DEFAULT_CONFIG INT [log.segment.bytes=1073741824 DEFAULT_CONFIG]
segment.index.bytes = 10485760 DEFAULT_CONFIG INT [log.index.size.max.bytes=10485760 DEFAULT_CONFIG]
segment.jitter.ms = 0 DEFAULT_CONFIG LONG []
segment.ms = 604800000 DEFAULT_CONFIG LONG []
unclean.leader.election.enable = false DEFAULT_CONFIG BOOLEAN [unclean.leader.election.enable=false DEFAULT_CONFIG]
)";

}  // namespace

TEST_CASE("rule 13.9: unknown and malformed topic configs are refused in Kafka's words") {
  CHECK(refusal({{"foo", "1"}}) == "Unknown topic config name: foo");
  CHECK(refusal({{"message.format.version", "2.0"}}) == "Unknown topic config name: message.format.version");
  CHECK(refusal({{"retention.ms", "x"}}) == "Invalid value x for configuration retention.ms: Not a number of type LONG");
  CHECK(refusal({{"remote.storage.enable", "true"}}) ==
        "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.");
  CHECK(refusal({{"leader.replication.throttled.replicas", "zz"}}) ==
        "Invalid value [zz] for configuration leader.replication.throttled.replicas: leader.replication.throttled.replicas must be the "
        "literal "
        "'*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...");
  CHECK(refusal({{"min.compaction.lag.ms", "500"}, {"max.compaction.lag.ms", "100"}}) ==
        "conflict topic config setting min.compaction.lag.ms (500) > max.compaction.lag.ms (100)");
}

TEST_CASE("what Kafka takes is taken") {
  CHECK(refusal({{"leader.replication.throttled.replicas", "*"}, {"follower.replication.throttled.replicas", "0:1,1:1"}}) == "accepted");
  CHECK(refusal({{"cleanup.policy", ""}}) == "accepted");
  CHECK(refusal({{"min.insync.replicas", "2"}, {"local.retention.ms", "99999999999999"}, {"remote.storage.enable", "false"}}) ==
        "accepted");
}

TEST_CASE("rule 13.9: every key is described as Kafka does it, but for our own default and keys") {
  std::vector<std::string> expected = split_lines(kKafkaShows);
  for (std::string& line : expected) {
    if (line.starts_with("index.interval.bytes"))
      line = "index.interval.bytes = 32768 DEFAULT_CONFIG INT [log.index.interval.bytes=32768 DEFAULT_CONFIG]";
  }
  expected.push_back("durability = always DEFAULT_CONFIG STRING [durability=always DEFAULT_CONFIG]");
  expected.push_back("validation.mode = header DEFAULT_CONFIG STRING [validation.mode=header DEFAULT_CONFIG]");
  std::ranges::sort(expected);
  CHECK(lines_of(describe_topic({{"retention.ms", "1000"}, {"cleanup.policy", "compact,delete"}}, Properties())) == expected);
}

TEST_CASE("values of the broker's file are described as static, with the default behind them") {
  const Properties broker = with({{"compression.type", "lz4"}, {"log.roll.ms", "7777"}});
  CHECK(described("compression.type", {}, broker) ==
        "compression.type = lz4 STATIC_BROKER_CONFIG STRING [compression.type=lz4 STATIC_BROKER_CONFIG; compression.type=producer "
        "DEFAULT_CONFIG]");
  CHECK(described("segment.ms", {}, broker) ==
        "segment.ms = 7777 STATIC_BROKER_CONFIG LONG [log.roll.ms=7777 STATIC_BROKER_CONFIG; log.roll.hours=168 DEFAULT_CONFIG]");
  CHECK(described("segment.ms", {{"segment.ms", "5"}}, broker) ==
        "segment.ms = 5 DYNAMIC_TOPIC_CONFIG LONG [segment.ms=5 DYNAMIC_TOPIC_CONFIG; log.roll.ms=7777 STATIC_BROKER_CONFIG; "
        "log.roll.hours=168 "
        "DEFAULT_CONFIG]");
}

TEST_CASE("retention comes from milliseconds, else minutes, else hours") {
  CHECK(described("retention.ms", {}, with({{"log.retention.hours", "5"}})) ==
        "retention.ms = 18000000 STATIC_BROKER_CONFIG LONG [log.retention.hours=5 STATIC_BROKER_CONFIG; log.retention.hours=168 "
        "DEFAULT_CONFIG]");
  CHECK(topic_options({}, with({{"log.retention.hours", "5"}, {"log.retention.minutes", "7"}})).retention_ms == 420'000);
  CHECK(topic_options({}, with({{"log.retention.minutes", "7"}, {"log.retention.ms", "9"}})).retention_ms == 9);
  CHECK(topic_options({}, with({{"log.retention.hours", "-1"}})).retention_ms == -1);
  CHECK(topic_options({}, with({{"log.retention.hours", "2147483647"}})).retention_ms == 2147483647LL * 3600'000LL);
}

TEST_CASE("rule 14.24: min.insync.replicas is described as the cluster's dynamic default") {
  CHECK(described("min.insync.replicas", {}, with({{"min.insync.replicas", "2"}})) ==
        "min.insync.replicas = 2 DYNAMIC_DEFAULT_BROKER_CONFIG INT [min.insync.replicas=2 DYNAMIC_DEFAULT_BROKER_CONFIG; "
        "min.insync.replicas=2 "
        "STATIC_BROKER_CONFIG; min.insync.replicas=1 DEFAULT_CONFIG]");
}

TEST_CASE("a value is described in its one spelling") {
  CHECK(described("preallocate", {{"preallocate", " TRUE "}}, Properties()) ==
        "preallocate = true DYNAMIC_TOPIC_CONFIG BOOLEAN [preallocate=true DYNAMIC_TOPIC_CONFIG; log.preallocate=false DEFAULT_CONFIG]");
}

TEST_CASE("the broker's properties are described with null where nothing holds, and what cannot change as read only") {
  const std::vector<DescribedConfig> all = describe_broker(with({{"num.partitions", "4"}, {"broker.id", "1"}}));
  CHECK(all.size() == broker_properties().size() + ignored_properties().size());
  const auto find = [&all](std::string_view name) {
    return *std::ranges::find_if(all, [name](const DescribedConfig& config) { return config.property->name == name; });
  };
  CHECK(line_of(find("num.partitions")) ==
        "num.partitions = 4 STATIC_BROKER_CONFIG INT [num.partitions=4 STATIC_BROKER_CONFIG; num.partitions=1 DEFAULT_CONFIG]");
  CHECK(find("num.partitions").read_only);
  CHECK(line_of(find("log.roll.ms")) == "log.roll.ms = null DEFAULT_CONFIG LONG []");
  CHECK_FALSE(find("log.roll.ms").read_only);
  CHECK(line_of(find("broker.id")) ==
        "broker.id = 1 STATIC_BROKER_CONFIG INT [broker.id=1 STATIC_BROKER_CONFIG; broker.id=1 DEFAULT_CONFIG]");
}

TEST_CASE("types have Kafka's numbers") {
  CHECK(wire_type(Type::boolean) == 1);
  CHECK(wire_type(Type::string) == 2);
  CHECK(wire_type(Type::int32) == 3);
  CHECK(wire_type(Type::int64) == 5);
  CHECK(wire_type(Type::real) == 6);
  CHECK(wire_type(Type::list) == 7);
  CHECK(wire_type(Type::password) == 9);
}

TEST_CASE("options: Kafka's defaults") {
  const TopicOptions options = topic_options({}, Properties());
  CHECK_FALSE(options.compact);
  CHECK(options.delete_old);
  CHECK(options.codec == TopicCodec::producer);
  CHECK(options.durability == Durability::always);
  CHECK(options.validation == ValidationMode::header);
  CHECK(options.timestamp_type == TimestampType::create_time);
  CHECK(options.timestamp_before_max_ms == 9223372036854775807LL);
  CHECK(options.timestamp_after_max_ms == 3600'000);
  CHECK(options.max_message_bytes == 1048588);
  CHECK(options.segment_bytes == 1073741824);
  CHECK(options.segment_ms == 604800'000);
  CHECK(options.index_interval_bytes == 32768);
  CHECK(options.retention_ms == 604800'000);
  CHECK(options.retention_bytes == -1);
}

TEST_CASE("options: the topic's own values win") {
  const TopicConfigMap configs = {{"cleanup.policy", "compact"},   {"compression.type", "zstd"},
                                  {"compression.zstd.level", "7"}, {"durability", "none"},
                                  {"validation.mode", "full"},     {"message.timestamp.type", "LogAppendTime"},
                                  {"max.message.bytes", " 5000 "}, {"segment.ms", "10"},
                                  {"preallocate", "True"},         {"message.timestamp.after.max.ms", "1"}};
  REQUIRE(check_topic_config(configs).has_value());
  const TopicOptions options = topic_options(configs, with({{"message.max.bytes", "7"}, {"durability", "interval"}}));
  CHECK(options.compact);
  CHECK_FALSE(options.delete_old);
  CHECK(options.codec == TopicCodec::zstd);
  CHECK(options.zstd_level == 7);
  CHECK(options.durability == Durability::none);
  CHECK(options.validation == ValidationMode::full);
  CHECK(options.timestamp_type == TimestampType::log_append_time);
  CHECK(options.max_message_bytes == 5000);
  CHECK(options.segment_ms == 10);
  CHECK(options.preallocate);
  CHECK(options.timestamp_after_max_ms == 1);
}

TEST_CASE("options: interval durability syncs every second when neither flush.ms nor flush.messages is set") {
  CHECK(topic_options({{"durability", "interval"}}, Properties()).flush_ms == kDefaultSyncIntervalMs);
  CHECK(topic_options({{"durability", "interval"}, {"flush.ms", "50"}}, Properties()).flush_ms == 50);
  CHECK(topic_options({{"durability", "interval"}, {"flush.messages", "9"}}, Properties()).flush_ms == 9223372036854775807LL);
  CHECK(topic_options({{"durability", "interval"}}, with({{"log.flush.scheduler.interval.ms", "70"}})).flush_ms == 70);
  CHECK(topic_options({}, Properties()).flush_ms == 9223372036854775807LL);
}

TEST_CASE("durability has one name per mode") {
  for (const Durability durability : {Durability::always, Durability::interval, Durability::none}) {
    CHECK(parse_durability(to_string(durability)) == durability);
  }
}

}  // namespace streamline::config
