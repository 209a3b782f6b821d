// A member's metadata is that of the chosen protocol, so only a Stable group shows it; what was assigned last is shown in every state.
#include "groups/classic/description.h"

#include <fmt/format.h>

#include "wire/error_code.h"

namespace streamline::groups::classic {

namespace {

using Described = wire::DescribeGroupsResponse::DescribedGroup;

/// From this version on an unknown group is an error; before it is a dead one without an error.
constexpr std::int16_t kFirstWithNotFound = 6;

ByteView copy(ByteView bytes, Arena& arena) { return as_bytes(arena.copy(as_text(bytes))); }

Described unknown(std::string_view id, std::string_view why, std::int16_t version, Arena& arena) {
  Described described;
  described.group_id = arena.copy(id);
  described.group_state = "Dead";
  if (version >= kFirstWithNotFound) {
    described.error_code = static_cast<std::int16_t>(wire::ErrorCode::group_id_not_found);
    described.error_message = arena.copy(fmt::format("Group {} {}.", id, why));
  }
  return described;
}

}  // namespace

Described describe(const ShardState& state, std::string_view id, std::int16_t version, Arena& arena) {
  const Group* known = state.find(id);
  if (known == nullptr) return unknown(id, "not found", version, arena);
  if (known->type() != GroupType::classic) return unknown(id, "is not a classic group", version, arena);
  const auto* group = static_cast<const ClassicGroup*>(known);
  Described described;
  described.group_id = arena.copy(group->id());
  described.group_state = to_string(group->state());
  described.protocol_type = arena.copy(group->protocol_type());
  const bool is_stable = group->is_in(ClassicState::stable) && group->protocol_name();
  if (is_stable) described.protocol_data = arena.copy(*group->protocol_name());
  described.members = arena.make_array<wire::DescribeGroupsResponse::DescribedGroupMember>(group->members().size());
  std::size_t at = 0;
  for (const auto& [member_id, member] : group->members()) {
    auto& shown = described.members[at++];
    shown.member_id = arena.copy(member.id);
    if (member.instance_id) shown.group_instance_id = arena.copy(*member.instance_id);
    shown.client_id = arena.copy(member.client_id);
    shown.client_host = arena.copy(member.client_host);
    shown.member_assignment = copy(member.assignment, arena);
    if (is_stable) shown.member_metadata = copy(member.metadata_for(*group->protocol_name()), arena);
  }
  return described;
}

}  // namespace streamline::groups::classic
