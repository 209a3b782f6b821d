// The group's epoch and the target assignment: when they change, and to what.
#pragma once

#include <optional>
#include <string_view>

#include "groups/consumer/consumer_group.h"
#include "groups/step.h"

namespace streamline::groups::consumer {

/// Why the group's epoch grows, for whoever asks afterwards.
struct Cause {
  std::string_view reason{};
  std::string_view member_id{};
};

/// Of all subscribed topics that are there: names, ids and numbers of partitions. Equal on every machine and after every restart.
std::int64_t hash_of(const ConsumerGroup::Names& topics, const TopicLookup& lookup);

/// Whether the partitions of these topics fit into one member's records.
bool assignable(const Step& step, const ConsumerGroup::Names& topics);

/// Writes the next epoch of the group.
void bump_epoch(Step& step, ConsumerGroup& group, const Cause& cause);

/// Brings epoch and target up to date. The epoch grows when a member subscribed to something else, which `subscription` tells, and when
/// a topic came, went or got partitions since the group was last compared with them; regular expressions are then resolved anew.
void refresh(Step& step, ConsumerGroup& group, const std::optional<Cause>& subscription);

/// The assignor most members ask for.
std::string_view preferred_assignor(const ConsumerGroup& group);

}  // namespace streamline::groups::consumer
