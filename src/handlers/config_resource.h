// The kinds of resources that have configs.
#pragma once

#include <cstdint>

namespace streamline::handlers {

/// Kafka's ConfigResource.Type.
inline constexpr std::int8_t kTopicResource = 2;
inline constexpr std::int8_t kBrokerResource = 4;
inline constexpr std::int8_t kBrokerLoggerResource = 8;
inline constexpr std::int8_t kClientMetricsResource = 16;
inline constexpr std::int8_t kGroupResource = 32;

}  // namespace streamline::handlers
