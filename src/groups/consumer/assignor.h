// Server-side assignors (rule 119): who of the members shall hold what. Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "groups/consumer/partitions.h"

namespace streamline::groups::consumer {

/// In the order of Kafka's group.consumer.assignors; the first is used when nobody asks for another.
inline constexpr std::array<std::string_view, 2> kAssignors = {"uniform", "range"};
bool is_assignor(std::string_view name);

struct AssignedTopic {
  TopicId id{};
  std::int32_t partitions = 0;
};

/// A member as assignors see it. Racks are not among it: all replicas of a broker without peers are in one rack.
struct Candidate {
  std::string_view member_id{};
  /// Empty for a dynamic member.
  std::string_view instance_id{};
  /// Indexes into the topics, ascending.
  std::vector<std::size_t> topics{};
  /// Its present target.
  const TopicPartitions* present = nullptr;
};

/// The targets, in the order of `candidates`: each partition of a topic with subscribers has one owner, who subscribes to it.
using Targets = std::vector<TopicPartitions>;

/// Evens out the number of partitions as far as the subscriptions let it: no partition, and no chain of them from member to member, could
/// move from one member to another that has two less. Moves few for that.
Targets assign_uniform(const std::vector<AssignedTopic>& topics, const std::vector<Candidate>& candidates);

/// Every topic by itself in consecutive ranges, static members first by instance id, then the others by member id: partitions of
/// the same number of topics with equal subscribers and equal sizes meet at one member.
Targets assign_range(const std::vector<AssignedTopic>& topics, const std::vector<Candidate>& candidates);

/// By one of kAssignors.
Targets assign(std::string_view assignor, const std::vector<AssignedTopic>& topics, const std::vector<Candidate>& candidates);

}  // namespace streamline::groups::consumer
