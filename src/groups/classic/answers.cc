// The answers to JoinGroup and SyncGroup, at once or after they were parked.
#include <algorithm>
#include <vector>

#include "groups/classic/rebalance.h"
#include "wire/messages/join_group.h"
#include "wire/messages/sync_group.h"

namespace streamline::groups::classic {

using wire::ErrorCode;

namespace {

constexpr std::int16_t kFirstWithProtocolType = 7;
/// From this version on a leader that came back is told to keep the assignment (KIP-814).
constexpr std::int16_t kFirstWithSkippedAssignment = 9;

using Told = wire::JoinGroupResponse::JoinGroupResponseMember;

std::vector<Told> told_of_all(const ClassicGroup& group) {
  std::vector<Told> all;
  all.reserve(group.members().size());
  for (const auto& [id, member] : group.members()) {
    Told& told = all.emplace_back();
    told.member_id = member.id;
    if (member.instance_id) told.group_instance_id = *member.instance_id;
    if (group.protocol_name()) told.metadata = member.metadata_for(*group.protocol_name());
  }
  return all;
}

wire::JoinGroupResponse joined(const ClassicGroup& group, const ClassicMember& member) {
  wire::JoinGroupResponse response;
  response.generation_id = group.generation();
  response.protocol_type = group.protocol_type();
  if (group.protocol_name()) response.protocol_name = *group.protocol_name();
  if (group.leader()) response.leader = *group.leader();
  response.member_id = member.id;
  return response;
}

void send(Step& step, ParkedCall call, const wire::JoinGroupResponse& response) {
  step.effects.answer(Call{.ticket = call.ticket, .api = wire::ApiKey::join_group, .version = call.version}, response);
}
void send(Step& step, ParkedCall call, const wire::SyncGroupResponse& response) {
  step.effects.answer(Call{.ticket = call.ticket, .api = wire::ApiKey::sync_group, .version = call.version}, response);
}

}  // namespace

void answer_join(Step& step, ParkedCall call, std::string_view member_id, ErrorCode error) {
  wire::JoinGroupResponse response;
  response.error_code = static_cast<std::int16_t>(error);
  response.member_id = member_id;
  // Older versions cannot say null.
  if (call.version >= kFirstWithProtocolType) response.protocol_name.reset();
  send(step, call, response);
}

void answer_joined(Step& step, const ClassicGroup& group, const ClassicMember& member, ParkedCall call) {
  wire::JoinGroupResponse response = joined(group, member);
  std::vector<Told> all;
  if (group.is_leader(member.id)) all = told_of_all(group);
  response.members = all;
  send(step, call, response);
}

void answer_kept(Step& step, const ClassicGroup& group, const ClassicMember& member, ParkedCall call, std::string_view former_leader) {
  wire::JoinGroupResponse response = joined(group, member);
  std::vector<Told> all;
  if (call.version < kFirstWithSkippedAssignment) {
    // It must not assign again, so it is not told that it leads.
    response.leader = former_leader;
  } else if (group.is_leader(member.id)) {
    response.skip_assignment = true;
    all = told_of_all(group);
  }
  response.members = all;
  send(step, call, response);
}

void answer_sync(Step& step, ParkedCall call, ErrorCode error) {
  wire::SyncGroupResponse response;
  response.error_code = static_cast<std::int16_t>(error);
  send(step, call, response);
}

void answer_synced(Step& step, const ClassicGroup& group, const ClassicMember& member, ParkedCall call) {
  wire::SyncGroupResponse response;
  response.protocol_type = group.protocol_type();
  if (group.protocol_name()) response.protocol_name = *group.protocol_name();
  response.assignment = member.assignment;
  send(step, call, response);
}

void answer_parked(Step& step, ClassicGroup& group, ClassicMember& member, ErrorCode error) {
  // A member that is gone is told so without its id: it shall come back as a new one.
  const std::string_view told_id = error == ErrorCode::unknown_member_id ? std::string_view() : std::string_view(member.id);
  if (const auto call = group.take_join(member)) answer_join(step, *call, told_id, error);
  if (const auto call = std::exchange(member.sync, std::nullopt)) answer_sync(step, *call, error);
}

}  // namespace streamline::groups::classic
