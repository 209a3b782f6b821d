// Admin: topics made, deleted and described.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "client/cluster.h"

namespace streamline::client {

inline constexpr std::int32_t kBrokerDefault = -1;

struct NewTopic {
  std::string name;
  /// kBrokerDefault leaves both to the broker.
  std::int32_t partitions = kBrokerDefault;
  std::int16_t replication_factor = static_cast<std::int16_t>(kBrokerDefault);
  std::vector<std::pair<std::string, std::string>> configs;
};

struct CreatedTopic {
  TopicId id;
  /// kBrokerDefault when the broker does not tell (CreateTopics below version 5).
  std::int32_t partitions = kBrokerDefault;
  std::int16_t replication_factor = static_cast<std::int16_t>(kBrokerDefault);
};

struct ConfigEntry {
  std::string name;
  std::optional<std::string> value;
  /// Kafka's ConfigSource: "topic", "broker", "default", …
  std::string source;
  bool sensitive = false;
};

/// Errors of all of them: broker_failure's and the connection's.
Result<CreatedTopic> create_topic(Cluster& cluster, const NewTopic& topic);
Status delete_topic(Cluster& cluster, std::string_view name);
/// Ascending by name.
Result<std::vector<ConfigEntry>> topic_configs(Cluster& cluster, std::string_view name);

}  // namespace streamline::client
