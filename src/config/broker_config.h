// Configurations of brokers that change while they run: what a client may set, of this broker or of all, and what holds then.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config_change.h"
#include "config/properties.h"
#include "config/topic_config.h"

namespace streamline::config {

/// What was set on a broker, or on all: key to value.
using BrokerConfigMap = TopicConfigMap;

/// As change_configs() for topics. Errors, with Kafka's texts: invalid_argument (a key that nothing reads or that is read only at the
/// start, a bad value, a key twice, no value), invalid_config (no list). Removing what cannot be set changes nothing.
Result<BrokerConfigMap> change_broker_configs(const BrokerConfigMap& now, std::span<const ConfigChange> changes, const Properties& broker);
/// Only these, nothing of what was set before (AlterConfigs).
Result<BrokerConfigMap> replace_broker_configs(std::span<const ConfigChange> configs, const Properties& broker);

/// Of what was kept, what can be set; `refused` takes a text for each of the others: another version may have kept it.
BrokerConfigMap usable_broker_configs(const BrokerConfigMap& kept, std::vector<std::string>& refused);

/// What is set on all brokers, and nothing else.
std::vector<DescribedConfig> describe_broker_defaults(const Properties& broker);

}  // namespace streamline::config
