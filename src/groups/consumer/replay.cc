// From records to the state.
#include <memory>
#include <string>
#include <utility>

#include "groups/consumer/records.h"

namespace streamline::groups {

namespace {

ConsumerGroup* find(ShardState& state, std::string_view id) {
  Group* group = state.find(id);
  return group != nullptr && group->type() == GroupType::consumer ? static_cast<ConsumerGroup*>(group) : nullptr;
}

ConsumerGroup& find_or_add(ShardState& state, std::string_view id) {
  ConsumerGroup* group = find(state, id);
  return group != nullptr ? *group : state.insert(std::make_unique<ConsumerGroup>(std::string(id)));
}

template <class Listed>
HeldPartitions held_of(const Listed& listed, std::int32_t member_epoch) {
  HeldPartitions held;
  for (const auto& topic : listed) {
    const bool has_epochs = topic.assignment_epochs && topic.assignment_epochs->size() == topic.partitions.size();
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      // Kafka before 4.3 does not write when a partition was assigned.
      add_held(held, topic.topic_id, {topic.partitions[i], has_epochs ? (*topic.assignment_epochs)[i] : member_epoch});
    }
  }
  return held;
}

std::optional<std::string> owned(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

MemberState state_of(std::int8_t number) {
  switch (number) {
    case 1: return MemberState::unrevoked;
    case 2: return MemberState::unreleased;
    default: return MemberState::stable;
  }
}

}  // namespace

void apply(ShardState& state, const wire::ConsumerGroupMetadataKey& key, const wire::ConsumerGroupMetadataValue* value) {
  if (value != nullptr) return find_or_add(state, key.group_id).set_epoch(value->epoch, value->metadata_hash);
  if (find(state, key.group_id) != nullptr) state.remove(key.group_id);
}

void apply(ShardState&, const wire::ConsumerGroupPartitionMetadataKey&, const wire::ConsumerGroupPartitionMetadataValue*) {}

void apply(ShardState& state, const wire::ConsumerGroupMemberMetadataKey& key, const wire::ConsumerGroupMemberMetadataValue* value) {
  if (value == nullptr) {
    if (ConsumerGroup* group = find(state, key.group_id)) group->remove_member(key.member_id);
    return;
  }
  MemberMetadata metadata{.instance_id = owned(value->instance_id),
                          .rack_id = owned(value->rack_id),
                          .client_id = std::string(value->client_id),
                          .client_host = std::string(value->client_host),
                          .topics = {value->subscribed_topic_names.begin(), value->subscribed_topic_names.end()},
                          .regex = std::string(value->subscribed_topic_regex.value_or("")),
                          .rebalance_timeout_ms = value->rebalance_timeout_ms,
                          .assignor = owned(value->server_assignor)};
  if (value->classic_member_metadata) {
    ClassicPart& classic = metadata.classic.emplace();
    classic.session_timeout_ms = value->classic_member_metadata->session_timeout_ms;
    for (const auto& protocol : value->classic_member_metadata->supported_protocols) {
      classic.protocols.push_back({std::string(protocol.name), {protocol.metadata.begin(), protocol.metadata.end()}});
    }
  }
  find_or_add(state, key.group_id).set_metadata(key.member_id, std::move(metadata));
}

void apply(ShardState& state, const wire::ConsumerGroupTargetAssignmentMetadataKey& key,
           const wire::ConsumerGroupTargetAssignmentMetadataValue* value) {
  if (value != nullptr) find_or_add(state, key.group_id).set_assignment_epoch(value->assignment_epoch);
}

void apply(ShardState& state, const wire::ConsumerGroupTargetAssignmentMemberKey& key,
           const wire::ConsumerGroupTargetAssignmentMemberValue* value) {
  if (value != nullptr) return find_or_add(state, key.group_id).set_target(key.member_id, partitions_of(value->topic_partitions));
  if (ConsumerGroup* group = find(state, key.group_id)) group->remove_target(key.member_id);
}

void apply(ShardState& state, const wire::ConsumerGroupCurrentMemberAssignmentKey& key,
           const wire::ConsumerGroupCurrentMemberAssignmentValue* value) {
  if (value == nullptr) {
    ConsumerGroup* group = find(state, key.group_id);
    if (group != nullptr && group->find_member(key.member_id) != nullptr) group->set_assignment(key.member_id, {});
    return;
  }
  MemberAssignment assignment{.epoch = value->member_epoch,
                              .previous_epoch = value->previous_member_epoch,
                              .state = state_of(value->state),
                              .assigned = held_of(value->assigned_partitions, value->member_epoch),
                              .pending_revocation = held_of(value->partitions_pending_revocation, value->member_epoch)};
  find_or_add(state, key.group_id).set_assignment(key.member_id, std::move(assignment));
}

void apply(ShardState& state, const wire::ConsumerGroupRegularExpressionKey& key, const wire::ConsumerGroupRegularExpressionValue* value) {
  if (value == nullptr) {
    if (ConsumerGroup* group = find(state, key.group_id)) group->remove_regex(key.regular_expression);
    return;
  }
  ResolvedRegex resolved{.version = value->version, .timestamp_ms = value->timestamp};
  for (const std::string_view topic : value->topics) resolved.topics.emplace(topic);
  find_or_add(state, key.group_id).set_regex(key.regular_expression, std::move(resolved));
}

}  // namespace streamline::groups
