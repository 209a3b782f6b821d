// Topics that are named in the configuration and made at the start: orders:3, users:1:compact, or Kafka images' name:3:1:compact.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/properties.h"

namespace streamline::config {

struct DeclaredTopic {
  std::string name;
  std::int32_t partitions = -1;     ///< -1 = num.partitions
  std::int32_t replication = -1;    ///< -1 = default.replication.factor
  std::string cleanup_policy = {};  ///< as the topic key has it; empty = log.cleanup.policy
  friend bool operator==(const DeclaredTopic&, const DeclaredTopic&) = default;
};

/// NAME[:PARTITIONS[:REPLICAS]][:POLICY], where POLICY is delete, compact or compact+delete. The name itself is the catalog's to judge.
/// Errc::invalid_config with a text that quotes the entry.
Result<DeclaredTopic> parse_declared_topic(std::string_view text);
/// The property `topics`. invalid_config: parse_declared_topic's, and a name twice; the text names the origin.
Result<std::vector<DeclaredTopic>> declared_topics(const Properties& properties);

}  // namespace streamline::config
