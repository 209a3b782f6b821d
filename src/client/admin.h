// Admin: topics made, changed, trimmed, deleted and described.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "client/cluster.h"
#include "client/offset_spec.h"
#include "wire/next_deletion.h"

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

/// A value for a topic's key; without one what was set on the topic is taken off.
struct ConfigChange {
  std::string name;
  std::optional<std::string> value;
};

/// Errors of all of them: broker_failure's and the connection's.
Result<CreatedTopic> create_topic(Cluster& cluster, const NewTopic& topic);
Status delete_topic(Cluster& cluster, std::string_view name);
/// Ascending by name.
Result<std::vector<ConfigEntry>> topic_configs(Cluster& cluster, std::string_view name);
/// All of them or none.
Status alter_topic_configs(Cluster& cluster, std::string_view name, const std::vector<ConfigChange>& changes);
/// Deletes the records below `before`, or all of now without it; gives the new start of the log.
Result<Offset> delete_records(Cluster& cluster, const TopicPartition& of, std::optional<Offset> before);
/// By partition index; an empty vector where the broker tells nothing (another kind of broker, or an old one).
Result<std::vector<std::optional<wire::NextDeletion>>> next_deletions(Cluster& cluster, std::string_view name);

}  // namespace streamline::client
