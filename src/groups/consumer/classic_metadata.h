// What members of the classic protocol say and are told in the bytes that only consumers read: subscriptions and assignments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/bytes.h"
#include "groups/consumer/partitions.h"
#include "groups/topics.h"

namespace streamline::groups::consumer {

struct ClassicSubscription {
  /// Ascending, each once.
  std::vector<std::string> topics{};
  TopicPartitions owned{};
  std::optional<std::string> rack_id{};
  std::int16_t version = 0;
};
/// None when the bytes are not a subscription. Topics that are not there are not among the owned.
std::optional<ClassicSubscription> subscription_of(ByteView metadata, const TopicLookup& lookup);

struct ClassicAssignment {
  TopicPartitions partitions{};
  /// Of an assignor that keeps more than partitions; it would be lost.
  bool has_user_data = false;
};
/// No bytes are an empty assignment; none when they are not an assignment.
std::optional<ClassicAssignment> assignment_of(ByteView bytes, const TopicLookup& lookup);

/// The bytes for a member whose subscription has this version. Partitions of topics that are gone are left out.
std::vector<std::byte> encode_assignment(const TopicPartitions& partitions, std::int16_t version, const TopicLookup& lookup);

}  // namespace streamline::groups::consumer
