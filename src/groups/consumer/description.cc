// Partitions of topics that are gone are not shown: nobody could name them.
#include "groups/consumer/description.h"

#include <fmt/format.h>

#include <vector>

#include "groups/consumer/consumer_group.h"
#include "groups/consumer/target.h"

namespace streamline::groups::consumer {

namespace {

using Response = wire::ConsumerGroupDescribeResponse;

constexpr std::int8_t kClassicType = 0;
constexpr std::int8_t kConsumerType = 1;

Response::Assignment shown(const TopicPartitions& partitions, const TopicLookup& lookup, Arena& arena) {
  std::vector<Response::TopicPartitions> topics;
  for (const auto& [id, of_topic] : partitions) {
    const auto topic = lookup.by_id(id);
    if (!topic) continue;
    auto& each = topics.emplace_back();
    each.topic_id = id;
    each.topic_name = arena.copy(topic->name);
    each.partitions = arena.make_array<std::int32_t>(of_topic.size());
    std::copy(of_topic.begin(), of_topic.end(), each.partitions.begin());
  }
  Response::Assignment assignment;
  assignment.topic_partitions = arena.make_array<Response::TopicPartitions>(topics.size());
  std::copy(topics.begin(), topics.end(), assignment.topic_partitions.begin());
  return assignment;
}

Response::Member shown(const ConsumerGroup& group, const ConsumerMember& member, const TopicLookup& lookup, Arena& arena) {
  const MemberMetadata& metadata = member.metadata;
  Response::Member shown_member;
  shown_member.member_id = arena.copy(member.id);
  if (metadata.instance_id) shown_member.instance_id = arena.copy(*metadata.instance_id);
  if (metadata.rack_id) shown_member.rack_id = arena.copy(*metadata.rack_id);
  shown_member.member_epoch = member.assignment.epoch;
  shown_member.client_id = arena.copy(metadata.client_id);
  shown_member.client_host = arena.copy(metadata.client_host);
  shown_member.subscribed_topic_names = arena.make_array<std::string_view>(metadata.topics.size());
  for (std::size_t i = 0; i < metadata.topics.size(); ++i) shown_member.subscribed_topic_names[i] = arena.copy(metadata.topics[i]);
  shown_member.subscribed_topic_regex = arena.copy(metadata.regex);
  // What it has still to give up is its own until it does.
  HeldPartitions held = member.assignment.assigned;
  for (const auto& [topic, partitions] : member.assignment.pending_revocation) {
    for (const HeldPartition& each : partitions) add_held(held, topic, each);
  }
  shown_member.assignment = shown(without_epochs(held), lookup, arena);
  shown_member.target_assignment = shown(group.target_of(member.id), lookup, arena);
  shown_member.member_type = member.is_classic() ? kClassicType : kConsumerType;
  return shown_member;
}

}  // namespace

Response::DescribedGroup describe(const ShardState& state, std::string_view id, Arena& arena) {
  Response::DescribedGroup described;
  described.group_id = arena.copy(id);
  if (id.empty()) {
    described.error_code = static_cast<std::int16_t>(wire::ErrorCode::invalid_group_id);
    return described;
  }
  const Group* group = state.find(id);
  if (group == nullptr || group->type() != GroupType::consumer) {
    described.error_code = static_cast<std::int16_t>(wire::ErrorCode::group_id_not_found);
    described.error_message =
        arena.copy(group == nullptr ? fmt::format("Group {} not found.", id) : fmt::format("Group {} is not a consumer group.", id));
    return described;
  }
  const auto& consumer = static_cast<const ConsumerGroup&>(*group);
  described.group_state = consumer.state_name();
  described.group_epoch = consumer.epoch();
  described.assignment_epoch = consumer.assignment_epoch();
  described.assignor_name = preferred_assignor(consumer);
  described.members = arena.make_array<Response::Member>(consumer.members().size());
  std::size_t at = 0;
  for (const auto& [member_id, member] : consumer.members()) described.members[at++] = shown(consumer, member, state.topics, arena);
  return described;
}

}  // namespace streamline::groups::consumer
