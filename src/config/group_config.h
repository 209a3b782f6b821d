// Configurations of single groups (KIP-848): what a client may set, what holds for a group, and how DescribeConfigs shows it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "config/config_change.h"
#include "config/properties.h"
#include "config/topic_config.h"

namespace streamline::config {

/// What was set on a group itself: key to value.
using GroupConfigMap = TopicConfigMap;

/// Unknown key, malformed value, or one outside of what the broker allows to groups: Errc::invalid_config with Kafka's text.
Status check_group_config(const GroupConfigMap& configs, const Properties& broker);

/// As change_configs() and replace_configs() for topics, with the same errors; the result was checked.
Result<GroupConfigMap> change_group_configs(const GroupConfigMap& now, std::span<const ConfigChange> changes, const Properties& broker);
Result<GroupConfigMap> replace_group_configs(std::span<const ConfigChange> configs, const Properties& broker);

/// Every key of a group, by name.
std::vector<DescribedConfig> describe_group(const GroupConfigMap& configs, const Properties& broker);

/// The values that hold for a group, parsed.
struct GroupOptions {
  std::int32_t consumer_session_ms = 0;
  std::int32_t consumer_heartbeat_interval_ms = 0;
};
/// A value that does not parse, which only a damaged or foreign file can hold, counts as not set.
GroupOptions group_options(const GroupConfigMap& configs, const Properties& broker);

}  // namespace streamline::config
