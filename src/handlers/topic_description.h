// What Metadata, DescribeTopicPartitions and CreateTopics say alike of a topic.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/arena.h"
#include "broker/request.h"
#include "config/topic_config.h"

namespace streamline::handlers {

/// Without an authoriser every operation is allowed; Kafka's bits of the operations that a topic and a cluster know.
inline constexpr std::int32_t kAllTopicOperations = 0xDF8;
inline constexpr std::int32_t kAllClusterOperations = 0x1FA0;

/// The replicas of every partition: this node alone.
std::span<std::int32_t> only_replica(broker::Request& request);

}  // namespace streamline::handlers
