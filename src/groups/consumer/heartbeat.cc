// The new protocol's one request. A member that joins or leaves says so with its epoch: 0, -1, -2.
#include "groups/consumer/heartbeat.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "groups/consumer/assignor.h"
#include "groups/consumer/member_change.h"
#include "groups/consumer/migration.h"
#include "groups/consumer/records.h"
#include "groups/consumer/regex.h"
#include "groups/consumer/removal.h"
#include "groups/consumer/sessions.h"

namespace streamline::groups::consumer {

using wire::ErrorCode;

namespace {

using Request = wire::ConsumerGroupHeartbeatRequest;
using Response = wire::ConsumerGroupHeartbeatResponse;

/// From this version on a member makes its id itself.
constexpr std::int16_t kFirstWithOwnId = 1;

struct Beat {
  Step& step;
  const Request& request;
  const Call& call;

  bool joins() const { return request.member_epoch == 0; }
  bool leaves() const { return request.member_epoch == kLeaveEpoch || request.member_epoch == kStaticLeaveEpoch; }
  void refuse(const Refusal& refusal) const {
    Response response;
    response.error_code = static_cast<std::int16_t>(refusal.error);
    response.error_message = refusal.text;
    step.effects.answer(call, response);
  }
};

Refusal invalid(std::string_view text) { return {ErrorCode::invalid_request, std::string(text)}; }

std::optional<Refusal> check_joining(const Request& request) {
  if (request.rebalance_timeout_ms == -1) return invalid("RebalanceTimeoutMs must be provided in first request.");
  if (!request.topic_partitions || !request.topic_partitions->empty()) {
    return invalid("TopicPartitions must be empty when (re-)joining.");
  }
  if (!request.subscribed_topic_names && !request.subscribed_topic_regex) {
    return invalid("Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.");
  }
  return std::nullopt;
}

std::optional<Refusal> check_regex(const Request& request) {
  if (!request.subscribed_topic_regex) return std::nullopt;
  const auto wrong = regex_error(*request.subscribed_topic_regex);
  if (!wrong) return std::nullopt;
  return Refusal{ErrorCode::invalid_regular_expression,
                 fmt::format("SubscribedTopicRegex `{}` is not a valid regular expression: {}.", *request.subscribed_topic_regex, *wrong)};
}

std::optional<Refusal> check(const Beat& beat) {
  const Request& request = beat.request;
  const bool needs_id = beat.call.version >= kFirstWithOwnId || request.member_epoch > 0 || request.member_epoch == kLeaveEpoch;
  if (needs_id && request.member_id.empty()) return invalid("MemberId can't be empty.");
  if (request.group_id.empty()) return invalid("GroupId can't be empty.");
  if (request.instance_id && request.instance_id->empty()) return invalid("InstanceId can't be empty.");
  if (request.rack_id && request.rack_id->empty()) return invalid("RackId can't be empty.");
  if (beat.joins()) {
    if (auto refusal = check_joining(request)) return refusal;
  } else if (request.member_epoch == kStaticLeaveEpoch) {
    if (!request.instance_id) return invalid("InstanceId can't be null.");
  } else if (request.member_epoch < kStaticLeaveEpoch) {
    return invalid("MemberEpoch is invalid.");
  }
  if (request.server_assignor && !is_assignor(*request.server_assignor)) {
    return Refusal{ErrorCode::unsupported_assignor, fmt::format("ServerAssignor {} is not supported. Supported assignors: {}, {}.",
                                                                *request.server_assignor, kAssignors[0], kAssignors[1])};
  }
  // Who joins may move the group to this protocol, and must be right before that; of others Kafka asks first whether they are there.
  return beat.joins() ? check_regex(request) : std::nullopt;
}

Refusal unknown_member(std::string_view member_id, std::string_view group) {
  return {ErrorCode::unknown_member_id, fmt::format("Member {} is not a member of group {}.", member_id, group)};
}

Refusal fenced_instance(const Request& request, const ConsumerMember& holder) {
  return {ErrorCode::fenced_instance_id,
          fmt::format("Static member {} with instance id {} was fenced by member {}.", request.member_id, *request.instance_id, holder.id)};
}

Refusal unknown_instance(const Request& request) {
  return {ErrorCode::unknown_member_id, fmt::format("Instance id {} is unknown.", *request.instance_id)};
}

bool owns_only_assigned(const Request& request, const ConsumerMember& member) {
  if (!request.topic_partitions) return false;
  const TopicPartitions owned = partitions_of(*request.topic_partitions);
  return std::all_of(owned.begin(), owned.end(), [&](const auto& topic) {
    return std::all_of(topic.second.begin(), topic.second.end(),
                       [&](std::int32_t partition) { return find_held(member.assignment.assigned, topic.first, partition) != nullptr; });
  });
}

/// The epoch must be the member's, or the one before when the answer with the present one was lost: then it owns nothing else.
std::optional<Refusal> check_epoch(const Request& request, const ConsumerMember& member) {
  const std::int32_t received = request.member_epoch;
  const std::int32_t known = member.assignment.epoch;
  if (received == 0 || received == known) return std::nullopt;
  if (received < known && received == member.assignment.previous_epoch && owns_only_assigned(request, member)) return std::nullopt;
  return Refusal{ErrorCode::fenced_member_epoch,
                 fmt::format("The consumer group member has a {} member epoch ({}) than the one known by the group coordinator ({}). The "
                             "member must abandon all its partitions and rejoin.",
                             received > known ? "greater" : "smaller", received, known)};
}

std::optional<Refusal> check_joining_member(const Beat& beat, const ConsumerGroup* group, MemberChange& change) {
  const Request& request = beat.request;
  const ConsumerMember* member = group == nullptr ? nullptr : group->find_member(change.member_id);
  const ConsumerMember* holder = group == nullptr ? nullptr : group->find_static(request.instance_id);
  if (holder != nullptr) {
    if (holder->assignment.epoch != kStaticLeaveEpoch) {
      return Refusal{ErrorCode::unreleased_instance_id,
                     fmt::format("Static member {} with instance id {} cannot join the group because the instance id is owned by a member.",
                                 change.member_id, *request.instance_id)};
    }
    change.replaces = holder->id;
    return std::nullopt;
  }
  if (member != nullptr) return std::nullopt;
  const std::size_t size = group == nullptr ? 0 : group->members().size();
  if (size < static_cast<std::size_t>(beat.step.state.options.consumer_max_size)) return std::nullopt;
  return Refusal{ErrorCode::group_max_size_reached, fmt::format("The consumer group has reached its maximum capacity of {} members.",
                                                                beat.step.state.options.consumer_max_size)};
}

std::optional<Refusal> check_present_member(const Request& request, const ConsumerGroup& group) {
  const ConsumerMember* member = group.find_member(request.member_id);
  if (request.instance_id) {
    const ConsumerMember* holder = group.find_static(request.instance_id);
    if (holder == nullptr) return unknown_instance(request);
    if (holder->id != request.member_id) return fenced_instance(request, *holder);
  }
  if (member == nullptr) return unknown_member(request.member_id, group.id());
  if (auto refusal = check_epoch(request, *member)) return refusal;
  return check_regex(request);
}

/// The group that the request is about, after what it takes to make it one of the new protocol.
std::expected<ConsumerGroup*, Refusal> group_of(const Beat& beat) {
  Step& step = beat.step;
  const std::string_view id = beat.request.group_id;
  Group* group = step.state.find(id);
  if (group == nullptr && beat.joins()) return nullptr;
  if (group == nullptr) {
    const std::string_view kind = beat.leaves() ? "Group" : "Consumer group";
    return std::unexpected(Refusal{ErrorCode::group_id_not_found, fmt::format("{} {} not found.", kind, id)});
  }
  if (group->type() == GroupType::consumer) return static_cast<ConsumerGroup*>(group);
  if (!beat.joins()) return std::unexpected(Refusal{ErrorCode::group_id_not_found, fmt::format("Group {} is not a consumer group.", id)});
  ClassicGroup& classic = static_cast<ClassicGroup&>(*group);
  std::string obstacle = upgrade_obstacle(step, classic);
  if (!obstacle.empty()) return std::unexpected(Refusal{ErrorCode::group_id_not_found, std::move(obstacle)});
  // A live holder keeps its instance; the group is not moved for somebody who is turned away.
  if (beat.request.instance_id && classic.static_member_id(*beat.request.instance_id) != nullptr) {
    return std::unexpected(
        Refusal{ErrorCode::unreleased_instance_id,
                fmt::format("Static member {} with instance id {} cannot join the group because the instance id is owned by a member.",
                            beat.request.member_id, *beat.request.instance_id)});
  }
  become_consumer(step, classic);
  return static_cast<ConsumerGroup*>(step.state.find(id));
}

/// What the member says of itself now, over what it said before.
MemberMetadata metadata_of(const Beat& beat, const MemberMetadata& before) {
  const Request& request = beat.request;
  MemberMetadata metadata = before;
  if (request.instance_id) metadata.instance_id.emplace(*request.instance_id);
  if (request.rack_id) metadata.rack_id.emplace(*request.rack_id);
  if (request.rebalance_timeout_ms != -1) metadata.rebalance_timeout_ms = request.rebalance_timeout_ms;
  if (request.server_assignor) metadata.assignor.emplace(*request.server_assignor);
  if (request.subscribed_topic_names) {
    metadata.topics.assign(request.subscribed_topic_names->begin(), request.subscribed_topic_names->end());
    std::sort(metadata.topics.begin(), metadata.topics.end());
    metadata.topics.erase(std::unique(metadata.topics.begin(), metadata.topics.end()), metadata.topics.end());
  }
  if (request.subscribed_topic_regex) metadata.regex = *request.subscribed_topic_regex;
  metadata.client_id = beat.call.client_id;
  metadata.client_host = beat.call.client_host;
  // Who heartbeats like this speaks the new protocol from now on.
  metadata.classic.reset();
  return metadata;
}

void answer(const Beat& beat, const Changed& changed, std::string_view member_id) {
  const Request& request = beat.request;
  const ConsumerMember& member = *changed.group->find_member(member_id);
  Response response;
  response.member_id = member.id;
  response.member_epoch = member.assignment.epoch;
  response.heartbeat_interval_ms = beat.step.state.consumer_times(request.group_id).heartbeat_interval_ms;
  const bool is_full =
      request.rebalance_timeout_ms != -1 && (request.subscribed_topic_names || request.subscribed_topic_regex) && request.topic_partitions;
  const TopicPartitions assigned = without_epochs(member.assignment.assigned);
  if (beat.joins() || is_full || assigned != without_epochs(changed.before)) {
    response.assignment.emplace().topic_partitions = listed_in<Response::TopicPartitions>(assigned, beat.step.arena);
  }
  beat.step.effects.answer(beat.call, response);
}

void stay(const Beat& beat) {
  const Request& request = beat.request;
  auto group = group_of(beat);
  if (!group) return beat.refuse(group.error());
  const std::string made_id = request.member_id.empty() ? beat.step.state.ids.next().to_string() : std::string(request.member_id);
  MemberChange change{.group = request.group_id, .member_id = made_id};
  const auto refusal = beat.joins() ? check_joining_member(beat, *group, change) : check_present_member(request, **group);
  if (refusal) return beat.refuse(*refusal);
  const std::string_view known_as = change.replaces.empty() ? std::string_view(made_id) : std::string_view(change.replaces);
  const ConsumerMember* before = *group == nullptr ? nullptr : (*group)->find_member(known_as);
  change.metadata = metadata_of(beat, before == nullptr ? MemberMetadata() : before->metadata);
  if (request.topic_partitions) change.owned = partitions_of(*request.topic_partitions);
  const auto changed = change_member(beat.step, std::move(change));
  if (!changed) return beat.refuse(changed.error());
  stop_awaiting_join(beat.step, request.group_id, made_id);
  stop_awaiting_sync(beat.step, request.group_id, made_id);
  answer(beat, *changed, made_id);
}

/// The member says that it will be back: it keeps its target, and whatever it had to give up is free.
void leave_for_now(const Beat& beat, const ConsumerGroup& group, const ConsumerMember& member) {
  const std::string group_id = group.id();
  const std::string member_id = member.id;
  MemberAssignment away{.epoch = kStaticLeaveEpoch, .previous_epoch = member.assignment.previous_epoch};
  away.assigned = held_since(without_epochs(member.assignment.assigned), 0);
  put_assignment(beat.step, group_id, member_id, away);
  beat.step.state.timers.cancel({TimerKind::consumer_rebalance, group_id, member_id});
}

void leave(const Beat& beat) {
  const Request& request = beat.request;
  const auto group = group_of(beat);
  if (!group) return beat.refuse(group.error());
  const ConsumerMember* member = (*group)->find_member(request.member_id);
  if (request.instance_id) {
    member = (*group)->find_static(request.instance_id);
    if (member == nullptr) return beat.refuse(unknown_instance(request));
    if (member->id != request.member_id) return beat.refuse(fenced_instance(request, *member));
  }
  if (member == nullptr) return beat.refuse(unknown_member(request.member_id, request.group_id));
  if (request.member_epoch == kStaticLeaveEpoch)
    leave_for_now(beat, **group, *member);
  else
    remove_members(beat.step, **group, {std::string(request.member_id)}, {"a member left", request.member_id});
  Response response;
  response.member_id = request.member_id;
  response.member_epoch = request.member_epoch;
  beat.step.effects.answer(beat.call, response);
}

}  // namespace

void heartbeat(Step& step, const Request& request, const Call& call) {
  const Beat beat{step, request, call};
  if (const auto refusal = check(beat)) return beat.refuse(*refusal);
  beat.leaves() ? leave(beat) : stay(beat);
}

}  // namespace streamline::groups::consumer
