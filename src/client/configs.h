// Configs of topics, brokers, groups, client metrics and loggers: listed, described, set and taken off.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/cluster.h"

namespace streamline::client {

/// Kafka's numbers.
enum class ResourceKind : std::int8_t { topic = 2, broker = 4, broker_logger = 8, client_metrics = 16, group = 32 };

/// Kafka's word in lower case: "topic", "broker", "broker-logger", "client-metrics", "group".
std::string_view to_string(ResourceKind kind);
std::optional<ResourceKind> resource_kind(std::string_view word);

/// What has configs. A broker's name is its node id; "" stands for all brokers.
struct Resource {
  ResourceKind kind = ResourceKind::topic;
  std::string name;
};

struct ConfigEntry {
  std::string name;
  /// None for a secret.
  std::optional<std::string> value;
  /// Where the value comes from: "topic", "group", "broker", "default", …
  std::string source;
  bool sensitive = false;
  bool read_only = false;
  /// "int", "list", …; empty where the broker does not tell.
  std::string type{};
  std::string documentation{};
};

/// A value for a key; without one what was set is taken off.
struct ConfigChange {
  std::string name;
  std::optional<std::string> value;
};

/// Whether a change is made, or only checked by the broker.
enum class Change : std::uint8_t { make, only_check };

/// Errors of all of them: broker_failure's and the connection's.

/// Ascending by name.
Result<std::vector<ConfigEntry>> describe_configs(Cluster& cluster, const Resource& of);
/// All of them or none.
Status alter_configs(Cluster& cluster, const Resource& of, const std::vector<ConfigChange>& changes, Change change = Change::make);
/// Of all kinds that the broker lists, by kind and name; brokers before KIP-1142 list client metrics only.
Result<std::vector<Resource>> list_config_resources(Cluster& cluster);

}  // namespace streamline::client
