// Heartbeat and LeaveGroup: who stays and who goes (rules 104, 106).
#include "groups/classic/membership.h"

#include <string>
#include <vector>

#include "groups/classic/rebalance.h"

namespace streamline::groups::classic {

using wire::ErrorCode;

namespace {

/// From this version on several members leave at once, each with its own error.
constexpr std::int16_t kFirstWithMembers = 3;

ErrorCode beat(Step& step, ClassicGroup* group, const wire::HeartbeatRequest& request) {
  if (request.group_id.empty()) return ErrorCode::invalid_group_id;
  if (group == nullptr) return ErrorCode::unknown_member_id;
  const ErrorCode known = group->check_member(request.member_id, request.group_instance_id);
  if (known != ErrorCode::none) return known;
  if (request.generation_id != group->generation()) return ErrorCode::illegal_generation;
  restart_session(step, *group, *group->find_member(request.member_id));
  return group->is_in(ClassicState::preparing_rebalance) ? ErrorCode::rebalance_in_progress : ErrorCode::none;
}

using Leaving = wire::LeaveGroupRequest::MemberIdentity;

/// Takes one member out without moving the group on.
ErrorCode take_out(Step& step, ClassicGroup& group, const Leaving& leaving) {
  std::string id(leaving.member_id);
  if (id.empty()) {
    // An operator removes a static member whose id he does not know.
    const std::string* holder = leaving.group_instance_id ? group.static_member_id(*leaving.group_instance_id) : nullptr;
    if (holder == nullptr) return ErrorCode::unknown_member_id;
    id = *holder;
  } else if (!group.pending().contains(id)) {
    const ErrorCode known = group.check_member(id, leaving.group_instance_id);
    if (known != ErrorCode::none) return known;
  }
  end_session(step, group, id);
  if (ClassicMember* member = group.find_member(id)) answer_parked(step, group, *member, ErrorCode::unknown_member_id);
  group.remove(id);
  return ErrorCode::none;
}

/// The request of an old version, as one of the new.
std::vector<Leaving> leaving_members(const wire::LeaveGroupRequest& request, std::int16_t version) {
  if (version < kFirstWithMembers) return {Leaving{.member_id = request.member_id}};
  return {request.members.begin(), request.members.end()};
}

std::string cause_of(const Leaving& leaving) {
  constexpr std::size_t kMaxReasonBytes = 255;
  std::string cause = "a member left";
  if (leaving.reason && !leaving.reason->empty()) {
    cause += ": ";
    cause += leaving.reason->substr(0, kMaxReasonBytes);
  }
  return cause;
}

}  // namespace

void heartbeat(Step& step, ClassicGroup* group, const wire::HeartbeatRequest& request, const Call& call) {
  wire::HeartbeatResponse response;
  response.error_code = static_cast<std::int16_t>(beat(step, group, request));
  step.effects.answer(call, response);
}

void leave(Step& step, ClassicGroup* group, const wire::LeaveGroupRequest& request, const Call& call) {
  wire::LeaveGroupResponse response;
  if (request.group_id.empty()) {
    response.error_code = static_cast<std::int16_t>(ErrorCode::invalid_group_id);
    return step.effects.answer(call, response);
  }
  std::vector<wire::LeaveGroupResponse::MemberResponse> results;
  const Leaving* last = nullptr;
  const std::vector<Leaving> all = leaving_members(request, call.version);
  for (const Leaving& leaving : all) {
    const ErrorCode error = group == nullptr ? ErrorCode::unknown_member_id : take_out(step, *group, leaving);
    if (error == ErrorCode::none) last = &leaving;
    auto& result = results.emplace_back();
    result.member_id = leaving.member_id;
    result.group_instance_id = leaving.group_instance_id;
    result.error_code = static_cast<std::int16_t>(error);
  }
  if (call.version < kFirstWithMembers) response.error_code = results.front().error_code;
  response.members = results;
  step.effects.answer(call, response);
  if (last == nullptr || group->is_in(ClassicState::empty)) return;
  rebalance(step, *group, {cause_of(*last), last->member_id});
}

}  // namespace streamline::groups::classic
