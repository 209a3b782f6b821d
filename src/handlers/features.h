// Features: what whole clusters agree on in Kafka (KIP-584), as far as it is served here. Clients choose their ways by them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "broker/broker.h"
#include "catalog/named_configs.h"

namespace streamline::handlers {

struct Feature {
  std::string_view name;
  std::int16_t lowest = 0;
  std::int16_t highest = 0;
  /// In force until UpdateFeatures says otherwise, as on a fresh cluster of Kafka 4.3.1.
  std::int16_t level = 0;
};

/// 1: groups of the new consumer protocol (KIP-848).
inline constexpr Feature kGroupVersion = {.name = "group.version", .lowest = 0, .highest = 1, .level = 1};
/// 2: data adds its partition to the transaction by itself, and epochs grow with every end (KIP-890). Requests tell which way their
/// client goes, and both are served whatever the level: it only tells clients which to take.
inline constexpr Feature kTransactionVersion = {.name = "transaction.version", .lowest = 0, .highest = 2, .level = 2};
inline constexpr std::array kFeatures = {kGroupVersion, kTransactionVersion};

/// What stands in catalog::kFeatureLevels for a feature that was changed.
inline constexpr std::string_view kLevelKey = "level";
inline constexpr std::string_view kEpochKey = "epoch";

/// nullptr when it is not served.
const Feature* find_feature(std::string_view name);
/// The level in force. A level that the table cannot have from here counts as not set.
std::int16_t level_of(const Feature& feature, const catalog::NamedConfigTable& levels);
/// Whether groups of the new consumer protocol may be (group.version).
inline bool serves_consumer_protocol(broker::Broker& broker) { return level_of(kGroupVersion, *broker.feature_levels().snapshot()) > 0; }
/// Grows with each change of a level; clients ignore levels below 0.
std::int64_t epoch_of(const catalog::NamedConfigTable& levels);

}  // namespace streamline::handlers
