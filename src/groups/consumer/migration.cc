// Both ways between the protocols. Each writes the tombstones of the old group and the records of the new one.
#include "groups/consumer/migration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "groups/classic/group_record.h"
#include "groups/classic/rebalance.h"
#include "groups/classic/subscription.h"
#include "groups/consumer/classic_metadata.h"
#include "groups/consumer/records.h"
#include "groups/consumer/sessions.h"

namespace streamline::groups::consumer {

namespace {

/// What a member of the classic group says for its chosen protocol, or for its first before one is chosen.
ByteView spoken_metadata(const ClassicGroup& group, const ClassicMember& member) {
  if (group.protocol_name()) return member.metadata_for(*group.protocol_name());
  return member.protocols.empty() ? ByteView() : ByteView(member.protocols.front().metadata);
}

/// Assignors whose user data, where their clients write some, only tells the next leader what was assigned: nothing is lost without.
bool needs_no_user_data(const ClassicGroup& group) {
  constexpr std::array<std::string_view, 4> kCommon = {"range", "roundrobin", "sticky", "cooperative-sticky"};
  return group.protocol_name() && std::find(kCommon.begin(), kCommon.end(), *group.protocol_name()) != kCommon.end();
}

struct Moving {
  std::string id{};
  MemberMetadata metadata{};
  TopicPartitions partitions{};
};

Moving moving_from(const Step& step, const ClassicGroup& group, const ClassicMember& member) {
  Moving moving{.id = member.id};
  const auto subscription = subscription_of(spoken_metadata(group, member), step.state.topics);
  moving.metadata = {.instance_id = member.instance_id,
                     .rack_id = subscription ? subscription->rack_id : std::nullopt,
                     .client_id = member.client_id,
                     .client_host = member.client_host,
                     .topics = subscription ? subscription->topics : std::vector<std::string>(),
                     .rebalance_timeout_ms = member.rebalance_timeout_ms,
                     .classic = ClassicPart{member.session_timeout_ms, member.protocols}};
  if (auto assignment = assignment_of(member.assignment, step.state.topics)) moving.partitions = std::move(assignment->partitions);
  return moving;
}

/// A classic leader may have given a partition twice; here it has one holder.
void drop_doubles(std::vector<Moving>& moving) {
  TopicPartitions seen;
  for (Moving& member : moving) {
    for (auto& [topic, partitions] : member.partitions) {
      std::erase_if(partitions, [&](std::int32_t partition) { return contains(seen, topic, partition); });
      auto& of_topic = seen[topic];
      of_topic.insert(of_topic.end(), partitions.begin(), partitions.end());
      std::sort(of_topic.begin(), of_topic.end());
    }
    std::erase_if(member.partitions, [](const auto& topic) { return topic.second.empty(); });
  }
}

wire::GroupMetadataValue record_of(Step& step, const ConsumerGroup& group, std::string_view protocol,
                                   std::vector<std::vector<std::byte>>& bytes) {
  wire::GroupMetadataValue value{.protocol_type = kConsumerProtocolType, .generation = group.epoch()};
  value.protocol = protocol;
  value.leader = group.members().begin()->first;
  value.current_state_timestamp = step.now.wall_ms;
  value.members = step.arena.make_array<wire::GroupMetadataValue::MemberMetadata>(group.members().size());
  bytes.reserve(2 * group.members().size());
  std::size_t at = 0;
  for (const auto& [id, member] : group.members()) {
    auto& written = value.members[at++];
    written.member_id = id;
    if (member.metadata.instance_id) written.group_instance_id = *member.metadata.instance_id;
    written.client_id = member.metadata.client_id;
    written.client_host = member.metadata.client_host;
    written.rebalance_timeout = member.metadata.rebalance_timeout_ms;
    written.session_timeout = member.metadata.classic->session_timeout_ms;
    for (const OfferedProtocol& offered : member.metadata.classic->protocols) {
      if (offered.name == protocol) written.subscription = bytes.emplace_back(offered.metadata);
    }
    const auto subscription = subscription_of(written.subscription, step.state.topics);
    written.assignment = bytes.emplace_back(
        encode_assignment(group.target_of(id), subscription ? subscription->version : std::int16_t{0}, step.state.topics));
  }
  return value;
}

/// A protocol that all members offer; there is one, as nobody else was let in.
std::string common_protocol(const ConsumerGroup& group) {
  for (const OfferedProtocol& offered : group.members().begin()->second.metadata.classic->protocols) {
    bool is_common = true;
    for (const auto& [id, member] : group.members()) {
      const auto& others = member.metadata.classic->protocols;
      is_common &= std::any_of(others.begin(), others.end(), [&](const OfferedProtocol& other) { return other.name == offered.name; });
    }
    if (is_common) return offered.name;
  }
  return {};
}

}  // namespace

std::string upgrade_obstacle(const Step& step, const ClassicGroup& group) {
  if (!group.has_members()) return {};
  const auto cannot = [&](std::string_view why) {
    return fmt::format("Cannot upgrade classic group {} to consumer group because {}", group.id(), why);
  };
  const Migration policy = step.state.options.migration;
  if (policy != Migration::upgrade && policy != Migration::bidirectional) return cannot("the online upgrade is disabled.");
  if (group.protocol_type() != kConsumerProtocolType) return cannot("the group does not use the consumer embedded protocol.");
  if (group.members().size() >= static_cast<std::size_t>(step.state.options.consumer_max_size)) {
    return cannot("the group size exceeds the consumer group maximum size.");
  }
  for (const auto& [id, member] : group.members()) {
    const auto assignment = assignment_of(member.assignment, step.state.topics);
    if (!assignment || !subscription_of(spoken_metadata(group, member), step.state.topics)) {
      return cannot("the embedded consumer protocol is malformed.");
    }
    if (assignment->has_user_data && !needs_no_user_data(group)) {
      return cannot(
          "an unsupported custom assignor is in use. Please refer to the documentation or switch to a default assignor before "
          "re-attempting the upgrade.");
    }
  }
  return {};
}

void become_consumer(Step& step, ClassicGroup& group) {
  const std::string id = group.id();
  const std::int32_t epoch = group.generation();
  std::vector<Moving> moving;
  for (auto& [member_id, member] : group.members()) {
    classic::answer_parked(step, group, member, wire::ErrorCode::rebalance_in_progress);
    moving.push_back(moving_from(step, group, member));
  }
  drop_doubles(moving);
  group.erase(step);
  if (moving.empty()) return;
  for (const Moving& member : moving) put_metadata(step, id, member.id, member.metadata);
  ConsumerGroup& moved = static_cast<ConsumerGroup&>(*step.state.find(id));
  put_epoch(step, id, epoch, hash_of(moved.subscribed_topics(), step.state.topics));
  for (const Moving& member : moving) put_target(step, id, member.id, member.partitions);
  put_assignment_epoch(step, id, epoch);
  for (const Moving& member : moving) {
    put_assignment(step, id, member.id, {.epoch = epoch, .previous_epoch = epoch, .assigned = held_since(member.partitions, epoch)});
  }
  moved.seen_topics = step.state.topics.version();
  for (const auto& [member_id, member] : moved.members()) restart_session(step, moved, member);
}

bool may_become_classic(const Step& step, const ConsumerGroup& group) {
  const Migration policy = step.state.options.migration;
  if (policy != Migration::downgrade && policy != Migration::bidirectional) return false;
  return group.members().size() <= static_cast<std::size_t>(step.state.options.max_size) && !common_protocol(group).empty();
}

void become_classic(Step& step, ConsumerGroup& group, const Cause& cause) {
  const std::string id = group.id();
  const std::string protocol = common_protocol(group);
  std::vector<std::vector<std::byte>> bytes;
  // The texts of the record are copied: they are the old group's, which is gone before the record is written.
  const wire::GroupMetadataValue views = record_of(step, group, protocol, bytes);
  wire::GroupMetadataValue record = views;
  record.leader = step.arena.copy(views.leader.value_or(""));
  std::vector<std::pair<std::string, std::vector<OfferedProtocol>>> offers;
  for (auto& member : record.members) {
    offers.emplace_back(std::string(member.member_id), group.find_member(member.member_id)->metadata.classic->protocols);
    member.member_id = step.arena.copy(member.member_id);
    if (member.group_instance_id) member.group_instance_id = step.arena.copy(*member.group_instance_id);
    member.client_id = step.arena.copy(member.client_id);
    member.client_host = step.arena.copy(member.client_host);
  }
  group.erase(step);
  step.put(wire::GroupMetadataKey{.group = id}, record, kGroupMetadataVersion);
  ClassicGroup& moved = static_cast<ClassicGroup&>(*step.state.find(id));
  for (auto& [member_id, offered] : offers) {
    ClassicMember& member = *moved.find_member(member_id);
    moved.offer(member, std::move(offered));
    classic::restart_session(step, moved, member);
  }
  classic::rebalance(step, moved, {cause.reason, cause.member_id});
}

}  // namespace streamline::groups::consumer
