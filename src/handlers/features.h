// Features: what whole clusters agree on in Kafka (KIP-584), as far as it is served here. Clients choose their ways by them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace streamline::handlers {

struct Feature {
  std::string_view name;
  std::int16_t lowest = 0;
  std::int16_t highest = 0;
  /// In force, as on a fresh cluster of Kafka 4.3.1; there is no way to change it here.
  std::int16_t level = 0;
};

inline constexpr std::array kFeatures = {
    // 1: groups of the new consumer protocol (KIP-848).
    Feature{.name = "group.version", .lowest = 0, .highest = 1, .level = 1},
    // 2: data adds its partition to the transaction by itself, and epochs grow with every end (KIP-890). Requests tell which way their
    // client goes, and both are served whatever the level: it only tells clients which to take.
    Feature{.name = "transaction.version", .lowest = 0, .highest = 2, .level = 2},
};

/// Grows with each change of a level; clients ignore levels below 0.
inline constexpr std::int64_t kFeaturesEpoch = 0;

}  // namespace streamline::handlers
