// From the state to records.
#include "groups/consumer/records.h"

#include <vector>

namespace streamline::groups {

namespace {

using Held = wire::ConsumerGroupCurrentMemberAssignmentValue::TopicPartitions;

std::span<Held> listed(const HeldPartitions& held, Arena& arena) {
  const std::span<Held> topics = arena.make_array<Held>(held.size());
  std::size_t at = 0;
  for (const auto& [id, partitions] : held) {
    Held& topic = topics[at++];
    topic.topic_id = id;
    topic.partitions = arena.make_array<std::int32_t>(partitions.size());
    const std::span<std::int32_t> epochs = arena.make_array<std::int32_t>(partitions.size());
    for (std::size_t i = 0; i < partitions.size(); ++i) {
      topic.partitions[i] = partitions[i].partition;
      epochs[i] = partitions[i].since_epoch;
    }
    topic.assignment_epochs = epochs;
  }
  return topics;
}

template <class Text>
void set(std::optional<std::string_view>& field, const Text& text) {
  field.reset();
  if (text) field = *text;
}

wire::ConsumerGroupMemberMetadataValue record_of(const MemberMetadata& metadata, Arena& arena) {
  wire::ConsumerGroupMemberMetadataValue value{.client_id = metadata.client_id, .client_host = metadata.client_host};
  set(value.instance_id, metadata.instance_id);
  set(value.rack_id, metadata.rack_id);
  set(value.server_assignor, metadata.assignor);
  value.subscribed_topic_names = arena.make_array<std::string_view>(metadata.topics.size());
  for (std::size_t i = 0; i < metadata.topics.size(); ++i) value.subscribed_topic_names[i] = metadata.topics[i];
  value.subscribed_topic_regex = metadata.regex;
  value.rebalance_timeout_ms = metadata.rebalance_timeout_ms;
  value.classic_member_metadata.reset();
  if (!metadata.classic) return value;
  using Classic = wire::ConsumerGroupMemberMetadataValue::ClassicMemberMetadata;
  using Protocol = wire::ConsumerGroupMemberMetadataValue::ClassicProtocol;
  const auto& offered = metadata.classic->protocols;
  const std::span<Protocol> protocols = arena.make_array<Protocol>(offered.size());
  for (std::size_t i = 0; i < offered.size(); ++i) {
    protocols[i].name = offered[i].name;
    protocols[i].metadata = offered[i].metadata;
  }
  Classic classic;
  classic.session_timeout_ms = metadata.classic->session_timeout_ms;
  classic.supported_protocols = protocols;
  value.classic_member_metadata = classic;
  return value;
}

}  // namespace

namespace consumer {

void put_metadata(Step& step, std::string_view group, std::string_view member_id, const MemberMetadata& metadata) {
  step.put(wire::ConsumerGroupMemberMetadataKey{.group_id = group, .member_id = member_id}, record_of(metadata, step.arena), 0);
}

void put_assignment(Step& step, std::string_view group, std::string_view member_id, const MemberAssignment& assignment) {
  wire::ConsumerGroupCurrentMemberAssignmentValue value{.member_epoch = assignment.epoch,
                                                        .previous_member_epoch = assignment.previous_epoch};
  value.state = static_cast<std::int8_t>(assignment.state);
  value.assigned_partitions = listed(assignment.assigned, step.arena);
  value.partitions_pending_revocation = listed(assignment.pending_revocation, step.arena);
  step.put(wire::ConsumerGroupCurrentMemberAssignmentKey{.group_id = group, .member_id = member_id}, value, 0);
}

void put_target(Step& step, std::string_view group, std::string_view member_id, const TopicPartitions& target) {
  using Listed = wire::ConsumerGroupTargetAssignmentMemberValue::TopicPartition;
  const wire::ConsumerGroupTargetAssignmentMemberValue value{.topic_partitions = listed_in<Listed>(target, step.arena)};
  step.put(wire::ConsumerGroupTargetAssignmentMemberKey{.group_id = group, .member_id = member_id}, value, 0);
}

void put_epoch(Step& step, std::string_view group, std::int32_t epoch, std::int64_t metadata_hash) {
  step.put(wire::ConsumerGroupMetadataKey{.group_id = group},
           wire::ConsumerGroupMetadataValue{.epoch = epoch, .metadata_hash = metadata_hash}, 0);
}

void put_assignment_epoch(Step& step, std::string_view group, std::int32_t epoch) {
  step.put(wire::ConsumerGroupTargetAssignmentMetadataKey{.group_id = group},
           wire::ConsumerGroupTargetAssignmentMetadataValue{.assignment_epoch = epoch, .assignment_timestamp = step.now.wall_ms}, 0);
}

void put_regex(Step& step, std::string_view group, std::string_view regex, const ResolvedRegex& resolved) {
  wire::ConsumerGroupRegularExpressionValue value{.version = resolved.version, .timestamp = resolved.timestamp_ms};
  value.topics = step.arena.make_array<std::string_view>(resolved.topics.size());
  std::copy(resolved.topics.begin(), resolved.topics.end(), value.topics.begin());
  step.put(wire::ConsumerGroupRegularExpressionKey{.group_id = group, .regular_expression = regex}, value, 0);
}

void erase_member(Step& step, std::string_view group, std::string_view member_id) {
  step.erase(wire::ConsumerGroupCurrentMemberAssignmentKey{.group_id = group, .member_id = member_id});
  step.erase(wire::ConsumerGroupTargetAssignmentMemberKey{.group_id = group, .member_id = member_id});
  step.erase(wire::ConsumerGroupMemberMetadataKey{.group_id = group, .member_id = member_id});
}

void erase_regex(Step& step, std::string_view group, std::string_view regex) {
  step.erase(wire::ConsumerGroupRegularExpressionKey{.group_id = group, .regular_expression = regex});
}

bool fits(const Step& step, std::string_view group, std::string_view member_id, const MemberMetadata& metadata) {
  const wire::ConsumerGroupMemberMetadataKey key{.group_id = group, .member_id = member_id};
  const std::size_t bytes = wire::prefixed_size(key, key.kMaxVersion) + wire::prefixed_size(record_of(metadata, step.arena), 0);
  return bytes <= step.state.options.max_record_bytes;
}

bool fits(const Step& step, std::size_t topics, std::size_t partitions) {
  // The larger of both records that assign: an index and an epoch for each partition; an id, two counts and two tags for each topic.
  constexpr std::size_t kPerPartition = 2 * sizeof(std::int32_t);
  constexpr std::size_t kPerTopic = 16 + 2 * 5 + 2 * 5;
  constexpr std::size_t kKeyAndRest = 2 * 32 * 1024 + 64;
  const std::size_t limit = step.state.options.max_record_bytes;
  return topics * kPerTopic + partitions * kPerPartition <= limit - std::min(limit / 2, kKeyAndRest);
}

}  // namespace consumer

void ConsumerGroup::erase(Step& step) {
  // `this` is gone with the last tombstone.
  const std::string id = this->id();
  std::vector<std::string> regexes;
  std::vector<std::string> members;
  for (const auto& [member, unused] : members_) members.push_back(member);
  for (const auto& [regex, unused] : regexes_) regexes.push_back(regex);
  for (const std::string& member : members) consumer::erase_member(step, id, member);
  step.erase(wire::ConsumerGroupTargetAssignmentMetadataKey{.group_id = id});
  for (const std::string& regex : regexes) consumer::erase_regex(step, id, regex);
  step.erase(wire::ConsumerGroupMetadataKey{.group_id = id});
}

}  // namespace streamline::groups
