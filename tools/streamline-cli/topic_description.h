// What `topics describe` shows of a topic, gathered from the brokers, as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/admin.h"
#include "client/cluster.h"
#include "client/offset_spec.h"

namespace streamline::cli {

struct TopicDescription {
  client::Topic topic;
  /// One for each partition, in its order.
  std::vector<client::OffsetRange> offsets;
  std::vector<client::ConfigEntry> configs;
  /// One for each partition; empty where the broker tells nothing.
  std::vector<std::optional<wire::NextDeletion>> deletions;

  /// "" when the broker has no such key.
  std::string config(std::string_view name) const;
};

Result<TopicDescription> describe_topic(client::Cluster& cluster, std::string_view name);
/// Tables; of the configs those that were set on the topic.
std::string to_text(const TopicDescription& description, std::int64_t now_ms);
/// Keys: topic, id, internal, partitions[] (partition, leader, leader_epoch, replicas, in_sync, log_start_offset, high_watermark,
/// next_deletion: null or up_to, due_ms, bytes_left, each null where it does not apply), configs[] (name, value, source).
nlohmann::ordered_json to_json(const TopicDescription& description);

}  // namespace streamline::cli
