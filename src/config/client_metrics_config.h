// Configurations of client metrics subscriptions (KIP-714): which clients are asked for which of their metrics, and how often.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config_change.h"
#include "config/topic_config.h"

namespace streamline::config {

using ClientMetricsMap = TopicConfigMap;

/// Every key, by name.
std::span<const Property> client_metrics_keys();

/// As change_configs() for topics; lists are only set as a whole, as in Kafka. Errors, with Kafka's texts: invalid_argument (unknown key, a
/// key twice, no value, an interval out of range), invalid_config (no number, a pattern that is none, append and subtract).
Result<ClientMetricsMap> change_client_metrics(const ClientMetricsMap& now, std::span<const ConfigChange> changes,
                                               const Properties& broker);

/// Of a subscription that nobody has made too.
std::vector<DescribedConfig> describe_client_metrics(const ClientMetricsMap& configs);

/// What a client is known by, and the regular expression for all of it.
struct ClientPattern {
  std::string what;
  std::string expression;
};
inline constexpr std::string_view kClientPatternKeys[] = {
    "client_id", "client_instance_id", "client_software_name", "client_software_version", "client_source_address", "client_source_port"};

/// A subscription, parsed.
struct ClientMetricsOptions {
  std::int64_t interval_ms = 0;
  std::vector<std::string> metrics;     ///< prefixes of names; "*" = all
  std::vector<ClientPattern> patterns;  ///< all have to match; none: every client
};
/// A value that does not parse, which only a damaged or foreign file can hold, counts as not set.
ClientMetricsOptions client_metrics_options(const ClientMetricsMap& configs);

}  // namespace streamline::config
