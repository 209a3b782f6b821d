// Checks what a client sets on a topic, and parses what holds.
#include "config/topic_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "config/effective.h"
#include "config/property_tables.h"
#include "config/values.h"

namespace streamline::config {

namespace {

constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

/// "0:1,1:1" or "*".
bool is_replica_list(std::string_view value) {
  const std::vector<std::string> elements = split_list(value);
  if (elements.size() == 1 && elements.front() == "*") return true;
  return std::ranges::all_of(elements, [](const std::string& element) {
    const std::size_t colon = element.find(':');
    return colon != std::string::npos && parse_integer(element.substr(0, colon)) && parse_integer(element.substr(colon + 1));
  });
}

Status check_special(std::string_view key, std::string_view value) {
  if (key.ends_with(".replication.throttled.replicas") && !is_replica_list(value)) {
    return fail(
        Errc::invalid_config,
        fmt::format("Invalid value [{}] for configuration {}: {} must be the literal '*' or a list of replicas in the following format: "
                    "[partitionId]:[brokerId],[partitionId]:[brokerId],...",
                    value, key, key));
  }
  if (key == "remote.storage.enable" && parse_boolean(value).value_or(false)) {
    return fail(Errc::invalid_config,
                "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.");
  }
  return {};
}

TopicCodec parse_codec(std::string_view name) {
  if (name == "uncompressed") return TopicCodec::uncompressed;
  if (name == "gzip") return TopicCodec::gzip;
  if (name == "snappy") return TopicCodec::snappy;
  if (name == "lz4") return TopicCodec::lz4;
  return name == "zstd" ? TopicCodec::zstd : TopicCodec::producer;
}

/// Typed values of a topic's keys.
class Reader {
 public:
  Reader(const TopicConfigMap& configs, const Properties& broker) : configs_(configs), broker_(broker) {}

  std::string text(std::string_view key) const {
    const Property* property = find_topic_property(key);
    SL_ASSERT(property != nullptr);
    return effective_topic_value(*property, configs_, broker_);
  }
  std::int64_t int64(std::string_view key) const { return parse_integer(text(key)).value_or(0); }
  std::int32_t int32(std::string_view key) const { return static_cast<std::int32_t>(int64(key)); }
  double real(std::string_view key) const { return parse_real(text(key)).value_or(0); }
  bool boolean(std::string_view key) const { return text(key) == "true"; }

 private:
  const TopicConfigMap& configs_;
  const Properties& broker_;
};

}  // namespace

Status check_topic_value(std::string_view key, std::string_view value) {
  const Property* property = find_topic_property(key);
  if (property == nullptr) return fail(Errc::invalid_config, fmt::format("Unknown topic config name: {}", key));
  if (Status checked = check_value(*property, value); !checked) return checked;
  return check_special(key, value);
}

Status check_topic_config(const TopicConfigMap& configs) {
  for (const auto& [key, value] : configs) {
    if (Status checked = check_topic_value(key, value); !checked) return checked;
  }
  const auto number = [&configs](std::string_view key, std::int64_t otherwise) {
    const auto found = configs.find(key);
    return found == configs.end() ? otherwise : parse_integer(found->second).value_or(otherwise);
  };
  const std::int64_t least = number("min.compaction.lag.ms", 0);
  const std::int64_t most = number("max.compaction.lag.ms", kUnlimited);
  if (least > most) {
    return fail(Errc::invalid_config,
                fmt::format("conflict topic config setting min.compaction.lag.ms ({}) > max.compaction.lag.ms ({})", least, most));
  }
  return {};
}

std::string_view to_string(Durability durability) { return kDurabilityChoices[static_cast<std::size_t>(durability)]; }

Durability parse_durability(std::string_view value) {
  if (value == "interval") return Durability::interval;
  return value == "none" ? Durability::none : Durability::always;
}

TopicOptions topic_options(const TopicConfigMap& configs, const Properties& broker) {
  const Reader reader(configs, broker);
  TopicOptions options;
  const std::vector<std::string> policies = split_list(reader.text("cleanup.policy"));
  options.compact = std::ranges::find(policies, "compact") != policies.end();
  options.delete_old = std::ranges::find(policies, "delete") != policies.end();
  options.codec = parse_codec(reader.text("compression.type"));
  options.gzip_level = reader.int32("compression.gzip.level");
  options.lz4_level = reader.int32("compression.lz4.level");
  options.zstd_level = reader.int32("compression.zstd.level");
  options.durability = parse_durability(reader.text("durability"));
  options.validation = reader.text("validation.mode") == "full" ? ValidationMode::full : ValidationMode::header;
  options.timestamp_type =
      reader.text("message.timestamp.type") == "LogAppendTime" ? TimestampType::log_append_time : TimestampType::create_time;
  options.timestamp_before_max_ms = reader.int64("message.timestamp.before.max.ms");
  options.timestamp_after_max_ms = reader.int64("message.timestamp.after.max.ms");
  options.max_message_bytes = reader.int32("max.message.bytes");
  options.segment_bytes = reader.int32("segment.bytes");
  options.segment_ms = reader.int64("segment.ms");
  options.segment_jitter_ms = reader.int64("segment.jitter.ms");
  options.index_interval_bytes = reader.int32("index.interval.bytes");
  options.preallocate = reader.boolean("preallocate");
  options.flush_messages = reader.int64("flush.messages");
  options.flush_ms = reader.int64("flush.ms");
  const bool nothing_set = options.flush_ms == kUnlimited && options.flush_messages == kUnlimited;
  if (options.durability == Durability::interval && nothing_set) options.flush_ms = kDefaultSyncIntervalMs;
  options.retention_ms = reader.int64("retention.ms");
  options.retention_bytes = reader.int64("retention.bytes");
  options.file_delete_delay_ms = reader.int64("file.delete.delay.ms");
  options.min_cleanable_dirty_ratio = reader.real("min.cleanable.dirty.ratio");
  options.min_compaction_lag_ms = reader.int64("min.compaction.lag.ms");
  options.max_compaction_lag_ms = reader.int64("max.compaction.lag.ms");
  options.delete_retention_ms = reader.int64("delete.retention.ms");
  return options;
}

}  // namespace streamline::config
