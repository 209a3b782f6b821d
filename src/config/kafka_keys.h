// Kafka's broker keys that are accepted and do nothing.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "config/property.h"

namespace streamline::config {

/// Sorted.
std::vector<std::string_view> ignored_kafka_keys();
/// Why nothing reads it.
std::string_view why_ignored(std::string_view key);
/// The same keys as DescribeConfigs shows them: without a value, and the reason for a text. By name.
std::span<const Property> ignored_properties();

}  // namespace streamline::config
