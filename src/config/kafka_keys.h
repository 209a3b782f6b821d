// Kafka's broker keys that are accepted and do nothing.
#pragma once

#include <string_view>
#include <vector>

namespace streamline::config {

/// Sorted.
std::vector<std::string_view> ignored_kafka_keys();

}  // namespace streamline::config
