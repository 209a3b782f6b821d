// LastRebalance: what this broker tells of a group beyond Kafka's protocol: why its members last had to rebalance. It travels as a
// tagged field behind the fields of a group in DescribeGroups (from version 5 on) and ConsumerGroupDescribe, which every other client
// steps over (KIP-482).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "wire/types.h"

namespace streamline::wire {

/// Far above what Kafka may hand out.
inline constexpr std::uint32_t kLastRebalanceTag = 10'000;

struct LastRebalance {
  /// In words: "a member joined".
  std::string_view reason{};
  /// Whose doing it was; empty when it was no member's.
  std::string_view member_id{};
  /// Milliseconds since 1970.
  std::int64_t began_ms = 0;
  /// -1 while it lasts.
  std::int64_t ended_ms = -1;
  friend bool operator==(const LastRebalance&, const LastRebalance&) = default;
};

/// The tagged fields that tell of it, in `arena`.
std::span<const UnknownTag> tags_of(const LastRebalance& rebalance, Arena& arena);

/// Nothing when the broker did not tell. The texts are views of the tag's bytes.
std::optional<LastRebalance> find_last_rebalance(std::span<const UnknownTag> tags);

}  // namespace streamline::wire
