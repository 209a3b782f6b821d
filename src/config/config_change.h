// What a client wants changed in a topic's configs, and what the configs are afterwards.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "config/topic_config.h"

namespace streamline::config {

/// Kafka's numbers (IncrementalAlterConfigs, OpType).
enum class ConfigOperation : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };

struct ConfigChange {
  std::string name;
  ConfigOperation operation = ConfigOperation::set;
  std::optional<std::string> value = std::nullopt;
};

/// What a kind of owner knows of its keys.
struct KeyRules {
  const Property* (*find)(std::string_view key) = nullptr;
  /// What holds for a list that is to be changed.
  std::function<std::string(const Property&)> value = {};
};
/// `now` with all changes; the values are not checked. Errors as below, for keys and lists.
Result<TopicConfigMap> apply_changes(const TopicConfigMap& now, std::span<const ConfigChange> changes, const KeyRules& rules);

/// `now` with all changes, or none (KIP-339, kafka-rules 27, 14.24): append and subtract work on the elements of lists, from what holds
/// for the topic; appending what is there and subtracting what is not changes nothing. The result was checked.
/// Errors, with Kafka's texts: invalid_argument (a key twice, no value), invalid_config (unknown key, bad value, no list).
Result<TopicConfigMap> change_configs(const TopicConfigMap& now, std::span<const ConfigChange> changes, const Properties& broker);

/// Only these, nothing of what was set before (AlterConfigs). Errors as above.
Result<TopicConfigMap> replace_configs(std::span<const ConfigChange> configs);

}  // namespace streamline::config
