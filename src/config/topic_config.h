// Topic configurations: what a client may set, what holds for a topic, and how DescribeConfigs shows it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/properties.h"

namespace streamline::config {

/// What was set on a topic itself: key to value.
using TopicConfigMap = std::map<std::string, std::string, std::less<>>;

/// Unknown key, malformed or out-of-range value, or values that contradict each other: Errc::invalid_config with Kafka's text.
Status check_topic_config(const TopicConfigMap& configs);
Status check_topic_value(std::string_view key, std::string_view value);

/// Kafka's numbers (DescribeConfigs, ConfigSource).
enum class ConfigSource : std::int8_t {
  unknown = 0,
  dynamic_topic = 1,
  dynamic_broker = 2,
  dynamic_default_broker = 3,
  static_broker = 4,
  default_config = 5,
  dynamic_broker_logger = 6,
  dynamic_client_metrics = 7,
  dynamic_group = 8,
};
/// Kafka's numbers (DescribeConfigs, ConfigType).
std::int8_t wire_type(Type type);

struct ConfigSynonym {
  std::string name;
  std::optional<std::string> value;
  ConfigSource source = ConfigSource::default_config;
  friend bool operator==(const ConfigSynonym&, const ConfigSynonym&) = default;
};
struct DescribedConfig {
  const Property* property = nullptr;
  std::optional<std::string> value;  ///< nullopt = null; always so for a sensitive one
  ConfigSource source = ConfigSource::default_config;
  bool read_only = false;
  bool sensitive = false;
  std::vector<ConfigSynonym> synonyms;  ///< what applies first, then what would
};
/// Every topic key, by name. Values set on the topic win over the broker's, those over the defaults.
std::vector<DescribedConfig> describe_topic(const TopicConfigMap& configs, const Properties& broker);
/// Every broker property.
std::vector<DescribedConfig> describe_broker(const Properties& broker);

enum class Durability : std::uint8_t { always, interval, none };
enum class TimestampType : std::uint8_t { create_time, log_append_time };
enum class ValidationMode : std::uint8_t { header, full };
enum class TopicCodec : std::uint8_t { producer, uncompressed, gzip, snappy, lz4, zstd };

std::string_view to_string(Durability durability);
/// Of a checked value.
Durability parse_durability(std::string_view value);

/// How often `interval` syncs where neither flush.ms nor flush.messages is set.
inline constexpr std::int64_t kDefaultSyncIntervalMs = 1000;

/// The values that hold for a topic, parsed. Byte counts in bytes, times in milliseconds; -1 = without limit where Kafka says so.
struct TopicOptions {
  bool compact = false;
  bool delete_old = true;
  TopicCodec codec = TopicCodec::producer;
  std::int32_t gzip_level = -1;
  std::int32_t lz4_level = 9;
  std::int32_t zstd_level = 3;
  Durability durability = Durability::always;
  ValidationMode validation = ValidationMode::header;
  TimestampType timestamp_type = TimestampType::create_time;
  std::int64_t timestamp_before_max_ms = 0;
  std::int64_t timestamp_after_max_ms = 0;
  std::int32_t max_message_bytes = 0;
  std::int32_t segment_bytes = 0;
  std::int64_t segment_ms = 0;
  std::int64_t segment_jitter_ms = 0;
  std::int32_t index_interval_bytes = 0;
  bool preallocate = false;
  std::int64_t flush_messages = 0;
  std::int64_t flush_ms = 0;
  std::int64_t retention_ms = 0;
  std::int64_t retention_bytes = -1;
  std::int64_t file_delete_delay_ms = 0;
  double min_cleanable_dirty_ratio = 0.5;
  std::int64_t min_compaction_lag_ms = 0;
  std::int64_t max_compaction_lag_ms = 0;
  std::int64_t delete_retention_ms = 0;
};
/// `configs` must have passed check_topic_config. Costs some thirty look-ups: topics without configs of their own can share one result.
TopicOptions topic_options(const TopicConfigMap& configs, const Properties& broker);

}  // namespace streamline::config
