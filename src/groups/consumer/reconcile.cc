// The three states of a member, and what moves it from one to the next.
#include "groups/consumer/reconcile.h"

#include <algorithm>

namespace streamline::groups::consumer {

namespace {

bool owns_any(const std::optional<TopicPartitions>& owned, const HeldPartitions& held) {
  // Who does not say what it owns may own anything.
  if (!owned) return !held.empty();
  return std::any_of(held.begin(), held.end(), [&](const auto& topic) {
    return std::any_of(topic.second.begin(), topic.second.end(),
                       [&](const HeldPartition& each) { return contains(*owned, topic.first, each.partition); });
  });
}

/// What is assigned now, divided by the target.
struct Division {
  HeldPartitions kept{};
  HeldPartitions dropped{};
  TopicPartitions added{};
  bool is_some_held = false;  // of the target, by others
};

Division divide(const ConsumerGroup& group, const HeldPartitions& assigned, const TopicPartitions& target) {
  Division division;
  for (const auto& [topic, partitions] : assigned) {
    for (const HeldPartition& each : partitions) {
      HeldPartitions& part = contains(target, topic, each.partition) ? division.kept : division.dropped;
      part[topic].push_back(each);
    }
  }
  for (const auto& [topic, partitions] : target) {
    for (const std::int32_t partition : partitions) {
      if (find_held(assigned, topic, partition) != nullptr) continue;
      if (group.is_free(topic, partition))
        division.added[topic].push_back(partition);
      else
        division.is_some_held = true;
    }
  }
  return division;
}

MemberAssignment toward_target(const ConsumerGroup& group, const ConsumerMember& member, const std::optional<TopicPartitions>& owned) {
  const MemberAssignment& present = member.assignment;
  Division division = divide(group, present.assigned, group.target_of(member.id));
  MemberAssignment next{.epoch = present.epoch, .previous_epoch = present.previous_epoch};
  if (owns_any(owned, division.dropped)) {
    next.state = MemberState::unrevoked;
    next.assigned = std::move(division.kept);
    next.pending_revocation = std::move(division.dropped);
    return next;
  }
  next.epoch = group.assignment_epoch();
  if (next.epoch != present.epoch) next.previous_epoch = present.epoch;
  next.state = division.is_some_held ? MemberState::unreleased : MemberState::stable;
  next.assigned = std::move(division.kept);
  for (const auto& [topic, partitions] : division.added) {
    for (const std::int32_t partition : partitions) add_held(next.assigned, topic, {partition, next.epoch});
  }
  return next;
}

}  // namespace

MemberAssignment next_assignment(const ConsumerGroup& group, const ConsumerMember& member, const std::optional<TopicPartitions>& owned) {
  const MemberAssignment& present = member.assignment;
  switch (present.state) {
    case MemberState::stable:
      if (present.epoch == group.assignment_epoch()) return present;
      return toward_target(group, member, owned);
    case MemberState::unrevoked:
      if (owns_any(owned, present.pending_revocation)) return present;
      return toward_target(group, member, owned);
    case MemberState::unreleased: return toward_target(group, member, owned);
  }
  return present;
}

bool waits_for_others(const ConsumerGroup& group, const ConsumerMember& member) {
  const TopicPartitions& target = group.target_of(member.id);
  return std::any_of(target.begin(), target.end(), [&](const auto& topic) {
    return std::any_of(topic.second.begin(), topic.second.end(), [&](std::int32_t partition) {
      return find_held(member.assignment.assigned, topic.first, partition) == nullptr && !group.is_free(topic.first, partition);
    });
  });
}

}  // namespace streamline::groups::consumer
