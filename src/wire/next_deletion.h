// NextDeletion: what this broker tells of a partition beyond Kafka's protocol: when its oldest records go. It travels as a tagged field
// behind the fields of DescribeTopicPartitions' partition, which every other client steps over (KIP-482).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "wire/types.h"

namespace streamline::wire {

/// Far above what Kafka may hand out.
inline constexpr std::uint32_t kNextDeletionTag = 10'000;

struct NextDeletion {
  /// Milliseconds since 1970 from which the oldest records are too old; -1 = never.
  std::int64_t due_ms = -1;
  /// Bytes that the partition may grow by before it is too large; -1 = without bound.
  std::int64_t bytes_left = -1;
  /// Records below go then.
  std::int64_t up_to = 0;
  friend bool operator==(const NextDeletion&, const NextDeletion&) = default;
};

/// The three numbers in this order, big-endian.
using NextDeletionBytes = std::array<std::byte, 3 * sizeof(std::int64_t)>;

inline NextDeletionBytes encode(const NextDeletion& next) {
  NextDeletionBytes bytes;
  store_be(bytes.data(), next.due_ms);
  store_be(bytes.data() + 8, next.bytes_left);
  store_be(bytes.data() + 16, next.up_to);
  return bytes;
}

/// Nothing when the broker did not tell.
inline std::optional<NextDeletion> find_next_deletion(std::span<const UnknownTag> tags) {
  for (const UnknownTag& tag : tags) {
    if (tag.tag != kNextDeletionTag || tag.bytes.size() != sizeof(NextDeletionBytes)) continue;
    const std::byte* at = tag.bytes.data();
    return NextDeletion{
        .due_ms = load_be<std::int64_t>(at), .bytes_left = load_be<std::int64_t>(at + 8), .up_to = load_be<std::int64_t>(at + 16)};
  }
  return std::nullopt;
}

}  // namespace streamline::wire
