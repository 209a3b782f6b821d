// Admin: topics made, grown, trimmed and deleted; their configs are in configs.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "client/cluster.h"
#include "client/configs.h"
#include "client/offset_spec.h"
#include "wire/next_deletion.h"

namespace streamline::client {

inline constexpr std::int32_t kBrokerDefault = -1;

struct NewTopic {
  std::string name;
  /// kBrokerDefault leaves both to the broker.
  std::int32_t partitions = kBrokerDefault;
  std::int16_t replication_factor = static_cast<std::int16_t>(kBrokerDefault);
  std::vector<std::pair<std::string, std::string>> configs{};
};

struct CreatedTopic {
  TopicId id;
  /// kBrokerDefault when the broker does not tell (CreateTopics below version 5).
  std::int32_t partitions = kBrokerDefault;
  std::int16_t replication_factor = static_cast<std::int16_t>(kBrokerDefault);
};

/// Errors of all of them: broker_failure's and the connection's.
Result<CreatedTopic> create_topic(Cluster& cluster, const NewTopic& topic, Change change = Change::make);
Status delete_topic(Cluster& cluster, std::string_view name);
/// Makes the topic have `total` partitions, more than it has.
Status create_partitions(Cluster& cluster, std::string_view name, std::int32_t total, Change change = Change::make);
/// Deletes the records below `before`, or all of now without it; gives the new start of the log.
Result<Offset> delete_records(Cluster& cluster, const TopicPartition& of, std::optional<Offset> before);
/// By partition index; an empty vector where the broker tells nothing (another kind of broker, or an old one).
Result<std::vector<std::optional<wire::NextDeletion>>> next_deletions(Cluster& cluster, std::string_view name);

}  // namespace streamline::client
