// SyncGroup: the leader hands in the assignment, everybody gets his part of it (rule 103).
#include <map>
#include <string_view>
#include <utility>

#include "groups/classic/group_record.h"
#include "groups/classic/membership.h"
#include "groups/classic/rebalance.h"

namespace streamline::groups::classic {

using wire::ErrorCode;

namespace {

template <class Name>
bool differs(const std::optional<std::string_view>& asked, const std::optional<Name>& ours) {
  return asked && ours && *asked != *ours;
}

ErrorCode check(const ClassicGroup* group, const wire::SyncGroupRequest& request) {
  if (request.group_id.empty()) return ErrorCode::invalid_group_id;
  if (group == nullptr) return ErrorCode::unknown_member_id;
  const ErrorCode known = group->check_member(request.member_id, request.group_instance_id);
  if (known != ErrorCode::none) return known;
  if (request.generation_id != group->generation()) return ErrorCode::illegal_generation;
  const std::optional<std::string_view> type = group->protocol_type();
  if (differs(request.protocol_type, type) || differs(request.protocol_name, group->protocol_name())) {
    return ErrorCode::inconsistent_group_protocol;
  }
  if (group->is_in(ClassicState::empty)) return ErrorCode::unknown_member_id;
  return group->is_in(ClassicState::preparing_rebalance) ? ErrorCode::rebalance_in_progress : ErrorCode::none;
}

void answer_all_synced(Step& step, ClassicGroup& group) {
  for (auto& [id, member] : group.members()) {
    const auto call = std::exchange(member.sync, std::nullopt);
    if (!call) continue;
    answer_synced(step, group, member, *call);
    // While it waited its session may have ended unheeded.
    restart_session(step, group, member);
  }
}

/// The group cannot be written down: everybody is told, and may try with less.
void refuse_assignment(Step& step, ClassicGroup& group) {
  for (auto& [id, member] : group.members()) {
    if (const auto call = std::exchange(member.sync, std::nullopt)) {
      answer_sync(step, *call, coordinator_error(ErrorCode::message_too_large));
      restart_session(step, group, member);
    }
  }
  rebalance(step, group, {"the group's assignment is too large to be stored", *group.leader()});
}

void take_assignment(Step& step, ClassicGroup& group, const wire::SyncGroupRequest& request) {
  std::map<std::string_view, ByteView> assigned;
  for (const auto& part : request.assignments) assigned[part.member_id] = part.assignment;
  wire::GroupMetadataValue record = record_of(group, step.arena);
  // Whom the leader forgot gets nothing; whom it made up is ignored.
  for (auto& member : record.members) {
    const auto part = assigned.find(member.member_id);
    member.assignment = part == assigned.end() ? ByteView() : part->second;
  }
  if (!fits(step, group, record)) return refuse_assignment(step, group);
  group.note().ended_ms = step.now.wall_ms;
  put(step, group, record);
  answer_all_synced(step, group);
}

}  // namespace

void sync(Step& step, ClassicGroup* group, const wire::SyncGroupRequest& request, const Call& call) {
  const ParkedCall caller{call.ticket, call.version};
  const ErrorCode error = check(group, request);
  if (error != ErrorCode::none) return answer_sync(step, caller, error);
  ClassicMember& member = *group->find_member(request.member_id);
  if (group->is_in(ClassicState::stable)) {
    received_sync(step, *group, member.id);
    return answer_synced(step, *group, member, caller);
  }
  if (const auto older = std::exchange(member.sync, caller)) answer_sync(step, *older, ErrorCode::rebalance_in_progress);
  received_sync(step, *group, member.id);
  if (group->is_leader(member.id)) take_assignment(step, *group, request);
}

}  // namespace streamline::groups::classic
