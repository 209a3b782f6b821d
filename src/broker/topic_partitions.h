// TopicPartitions: what the broker hangs on a topic of the catalog: its partitions and its options as plain values.
// Immutable; a change of the topic makes another one that shares the partitions.
#pragma once

#include <memory>
#include <vector>

#include "broker/partition.h"
#include "catalog/topic.h"
#include "config/topic_config.h"

namespace streamline::broker {

struct TopicPartitions final : catalog::TopicAttachment {
  config::TopicOptions options;
  /// By index. Shared because fetch sessions and syncs may outlive the topic.
  std::vector<std::shared_ptr<Partition>> partitions;
};

inline const TopicPartitions& partitions_of(const catalog::Topic& topic) { return static_cast<const TopicPartitions&>(*topic.attachment); }

/// nullptr when the topic has no such partition.
inline Partition* find_partition(const catalog::Topic& topic, std::int32_t index) {
  const auto& all = partitions_of(topic).partitions;
  if (index < 0 || static_cast<std::size_t>(index) >= all.size()) return nullptr;
  return all[static_cast<std::size_t>(index)].get();
}

}  // namespace streamline::broker
