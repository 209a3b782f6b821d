// SyncGroup, Heartbeat and LeaveGroup in a group of the new protocol.
#include "groups/consumer/classic_members.h"

#include <algorithm>
#include <string>
#include <vector>

#include "groups/consumer/classic_metadata.h"
#include "groups/consumer/member_change.h"
#include "groups/consumer/reconcile.h"
#include "groups/consumer/removal.h"
#include "groups/consumer/sessions.h"

namespace streamline::groups::consumer {

using wire::ErrorCode;

namespace {

/// From this version on several members leave at once, each with its own error.
constexpr std::int16_t kFirstLeaveWithMembers = 3;

template <class Request>
ErrorCode check_classic(const ConsumerGroup& group, const Request& request) {
  if (request.group_instance_id) {
    const ConsumerMember* holder = group.find_static(request.group_instance_id);
    if (holder == nullptr) return ErrorCode::unknown_member_id;
    if (holder->id != request.member_id) return ErrorCode::fenced_instance_id;
  }
  const ConsumerMember* member = group.find_member(request.member_id);
  if (member == nullptr || !member->is_classic()) return ErrorCode::unknown_member_id;
  return member->assignment.epoch == request.generation_id ? ErrorCode::none : ErrorCode::illegal_generation;
}

const std::string& protocol_of(const ConsumerMember& member) { return member.metadata.classic->protocols.front().name; }

ErrorCode check_sync(Step& step, const ConsumerGroup& group, const wire::SyncGroupRequest& request) {
  const ErrorCode known = check_classic(group, request);
  if (known != ErrorCode::none) return known;
  const ConsumerMember& member = *group.find_member(request.member_id);
  const bool is_other_type = request.protocol_type && *request.protocol_type != "consumer";
  const bool is_other_name = request.protocol_name && *request.protocol_name != protocol_of(member);
  if (is_other_type || is_other_name) return ErrorCode::inconsistent_group_protocol;
  // One that has to give up partitions has joined already; it goes on when it has given them up.
  if (group.epoch() <= member.assignment.epoch || member.assignment.state == MemberState::unrevoked) return ErrorCode::none;
  await_join(step, group, member);
  return ErrorCode::rebalance_in_progress;
}

bool has_to_join_again(const ConsumerGroup& group, const ConsumerMember& member) {
  if (member.assignment.epoch < group.epoch()) return true;
  if (member.assignment.state == MemberState::unrevoked) return true;
  return member.assignment.state == MemberState::unreleased && !waits_for_others(group, member);
}

using Leaving = wire::LeaveGroupRequest::MemberIdentity;

/// Who leaves, or why not.
std::expected<std::string, ErrorCode> leaving_id(const ConsumerGroup& group, const Leaving& leaving) {
  if (leaving.group_instance_id) {
    const ConsumerMember* holder = group.find_static(leaving.group_instance_id);
    if (holder == nullptr) return std::unexpected(ErrorCode::unknown_member_id);
    if (!leaving.member_id.empty() && holder->id != leaving.member_id) return std::unexpected(ErrorCode::fenced_instance_id);
    return holder->id;
  }
  if (group.find_member(leaving.member_id) == nullptr) return std::unexpected(ErrorCode::unknown_member_id);
  return std::string(leaving.member_id);
}

}  // namespace

void sync(Step& step, ConsumerGroup& group, const wire::SyncGroupRequest& request, const Call& call) {
  wire::SyncGroupResponse response;
  const ErrorCode error = check_sync(step, group, request);
  response.error_code = static_cast<std::int16_t>(error);
  if (error != ErrorCode::none) return step.effects.answer(call, response);
  const ConsumerMember& member = *group.find_member(request.member_id);
  stop_awaiting_sync(step, request.group_id, request.member_id);
  restart_session(step, group, member);
  const auto subscription = subscription_of(member.metadata.classic->protocols.front().metadata, step.state.topics);
  const std::int16_t version = subscription ? subscription->version : std::int16_t{0};
  const std::vector<std::byte> assignment = encode_assignment(without_epochs(member.assignment.assigned), version, step.state.topics);
  response.protocol_type = "consumer";
  response.protocol_name = protocol_of(member);
  response.assignment = assignment;
  step.effects.answer(call, response);
}

void classic_heartbeat(Step& step, ConsumerGroup& group, const wire::HeartbeatRequest& request, const Call& call) {
  wire::HeartbeatResponse response;
  ErrorCode error = check_classic(group, request);
  if (error == ErrorCode::none) {
    refresh(step, group, std::nullopt);
    const ConsumerMember& member = *group.find_member(request.member_id);
    restart_session(step, group, member);
    if (has_to_join_again(group, member)) {
      await_join(step, group, member);
      error = ErrorCode::rebalance_in_progress;
    }
  }
  response.error_code = static_cast<std::int16_t>(error);
  step.effects.answer(call, response);
}

void classic_leave(Step& step, ConsumerGroup& group, const wire::LeaveGroupRequest& request, const Call& call) {
  std::vector<Leaving> all(request.members.begin(), request.members.end());
  if (call.version < kFirstLeaveWithMembers) all = {Leaving{.member_id = request.member_id}};
  wire::LeaveGroupResponse response;
  std::vector<wire::LeaveGroupResponse::MemberResponse> results;
  std::vector<std::string> gone;
  for (const Leaving& leaving : all) {
    auto id = leaving_id(group, leaving);
    // Named twice, it is gone the second time.
    if (id && std::find(gone.begin(), gone.end(), *id) != gone.end()) id = std::unexpected(ErrorCode::unknown_member_id);
    auto& result = results.emplace_back();
    result.member_id = leaving.member_id;
    result.group_instance_id = leaving.group_instance_id;
    result.error_code = static_cast<std::int16_t>(id ? ErrorCode::none : id.error());
    if (id) gone.push_back(*std::move(id));
  }
  if (call.version < kFirstLeaveWithMembers) response.error_code = results.front().error_code;
  response.members = results;
  step.effects.answer(call, response);
  if (!gone.empty()) remove_members(step, group, gone, {"a member left", gone.back()});
}

}  // namespace streamline::groups::consumer
