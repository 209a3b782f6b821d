// JoinGroup: who may join, as whom, and whether the others have to join again for it.
#include "groups/classic/join.h"

#include <string>
#include <utility>
#include <vector>

#include "groups/classic/classic_group.h"
#include "groups/classic/group_record.h"
#include "groups/classic/member_id.h"
#include "groups/classic/rebalance.h"

namespace streamline::groups::classic {

using wire::ErrorCode;

namespace {

/// From this version on a new member is sent away once with its id, so that lost answers leave no ghosts (KIP-394).
constexpr std::int16_t kFirstWithRequiredId = 4;

/// A JoinGroup on its way through.
struct Joining {
  Step& step;
  const wire::JoinGroupRequest& request;
  const Call& call;
  ClassicGroup& group;
  std::vector<OfferedProtocol> protocols{};

  ParkedCall parked() const { return {call.ticket, call.version}; }
  void refuse(std::string_view member_id, ErrorCode error) const { answer_join(step, parked(), member_id, error); }
  /// Versions without a rebalance timeout use the session's.
  std::int32_t rebalance_timeout_ms() const {
    return request.rebalance_timeout_ms >= 0 ? request.rebalance_timeout_ms : request.session_timeout_ms;
  }
  std::string why(std::string_view what) const {
    std::string reason(what);
    if (request.reason && !request.reason->empty()) {
      reason += ": ";
      reason += request.reason->substr(0, kMaxReasonBytes);
    }
    return reason;
  }
  static constexpr std::size_t kMaxReasonBytes = 255;
};

std::vector<OfferedProtocol> protocols_of(const wire::JoinGroupRequest& request) {
  std::vector<OfferedProtocol> protocols;
  protocols.reserve(request.protocols.size());
  for (const auto& offered : request.protocols) {
    protocols.push_back({std::string(offered.name), {offered.metadata.begin(), offered.metadata.end()}});
  }
  return protocols;
}

bool too_large(const wire::JoinGroupRequest& request, const Options& options) {
  std::size_t bytes = 0;
  for (const auto& offered : request.protocols) bytes += offered.name.size() + offered.metadata.size();
  return bytes > options.max_record_bytes;
}

bool has_room_for(const ClassicGroup& group, const wire::JoinGroupRequest& request, std::int32_t max_size) {
  const auto most = static_cast<std::size_t>(max_size);
  const ClassicMember* member = group.find_member(request.member_id);
  // A static member that starts anew takes no place but its own.
  const std::string* holder = request.group_instance_id ? group.static_member_id(*request.group_instance_id) : nullptr;
  if (request.member_id.empty() && holder != nullptr) member = group.find_member(*holder);
  switch (group.state()) {
    case ClassicState::empty: return true;
    // Until the phase ends nobody knows who of the old ones comes back, so only those who are here count.
    case ClassicState::preparing_rebalance: return (member != nullptr && member->join) || group.parked_joins() < most;
    case ClassicState::completing_rebalance:
    case ClassicState::stable: return member != nullptr || group.members().size() < most;
  }
  return false;
}

void add_member(Joining& joining, const std::string& id) {
  ClassicGroup& group = joining.group;
  const wire::JoinGroupRequest& request = joining.request;
  ClassicMember member{.id = id,
                       .client_id = std::string(joining.call.client_id),
                       .client_host = std::string(joining.call.client_host),
                       .rebalance_timeout_ms = joining.rebalance_timeout_ms(),
                       .session_timeout_ms = request.session_timeout_ms,
                       .protocols = std::move(joining.protocols),
                       .join = joining.parked(),
                       .is_new = true};
  if (request.group_instance_id) member.instance_id.emplace(*request.group_instance_id);
  if (group.is_in(ClassicState::preparing_rebalance) && group.previous_state() == ClassicState::empty) {
    group.first_joins.another_came = true;
  }
  group.add(std::move(member), request.protocol_type);
  joining.step.state.timers.set({TimerKind::classic_session, group.id(), id},
                                joining.step.now.monotonic_ms + joining.step.state.options.new_member_join_ms);
  rebalance(joining.step, group, {joining.why("a member joined"), id});
}

/// Parks the member's join with what it says of itself now. A request it had parked before is answered: its client gave that up.
void park_again(Joining& joining, ClassicMember& member) {
  ClassicGroup& group = joining.group;
  if (const auto older = group.take_join(member)) answer_join(joining.step, *older, member.id, ErrorCode::rebalance_in_progress);
  group.offer(member, std::move(joining.protocols));
  member.rebalance_timeout_ms = joining.rebalance_timeout_ms();
  member.session_timeout_ms = joining.request.session_timeout_ms;
  group.park_join(member, joining.parked());
}

void join_again(Joining& joining, ClassicMember& member, std::string_view reason) {
  park_again(joining, member);
  rebalance(joining.step, joining.group, {joining.why(reason), member.id});
}

/// A Stable group goes on with the static member under its new id, which is written down.
void keep_generation(Joining& joining, ClassicMember& member, std::string_view former_leader) {
  Step& step = joining.step;
  ClassicGroup& group = joining.group;
  group.offer(member, joining.protocols);
  member.rebalance_timeout_ms = joining.rebalance_timeout_ms();
  member.session_timeout_ms = joining.request.session_timeout_ms;
  const wire::GroupMetadataValue record = record_of(group, step.arena);
  if (!fits(step, group, record)) return join_again(joining, member, "a static member came back with more to say than fits");
  put(step, group, record);
  answer_kept(step, group, member, joining.parked(), former_leader);
}

/// Would the group choose another protocol with what this member offers now? The member is given its old offer back.
bool changes_protocol(Joining& joining, ClassicMember& member) {
  ClassicGroup& group = joining.group;
  std::vector<OfferedProtocol> before = member.protocols;
  group.offer(member, joining.protocols);
  const bool changes = !group.protocol_name() || group.vote() != *group.protocol_name();
  group.offer(member, std::move(before));
  return changes;
}

void join_static_again(Joining& joining, const std::string& old_id, const std::string& new_id) {
  Step& step = joining.step;
  ClassicGroup& group = joining.group;
  const std::string former_leader = group.leader().value_or("");
  ClassicMember& old = *group.find_member(old_id);
  answer_parked(step, group, old, ErrorCode::fenced_instance_id);
  end_session(step, group, old_id);
  ClassicMember& member = group.replace(old_id, new_id);
  member.client_id = joining.call.client_id;
  member.client_host = joining.call.client_host;
  restart_session(step, group, member);
  if (group.is_in(ClassicState::stable) && !changes_protocol(joining, member)) return keep_generation(joining, member, former_leader);
  join_again(joining, member, "a static member came back");
}

void join_new(Joining& joining) {
  ClassicGroup& group = joining.group;
  const wire::JoinGroupRequest& request = joining.request;
  if (!group.accepts(request.protocol_type, joining.protocols)) return joining.refuse({}, ErrorCode::inconsistent_group_protocol);
  if (request.group_instance_id) {
    const std::string id = make_member_id(*request.group_instance_id, joining.step.state.ids);
    const std::string* holder = group.static_member_id(*request.group_instance_id);
    if (holder != nullptr) return join_static_again(joining, std::string(*holder), id);
    return add_member(joining, id);
  }
  const std::string id = make_member_id(joining.call.client_id, joining.step.state.ids);
  if (joining.call.version < kFirstWithRequiredId) return add_member(joining, id);
  group.add_pending(id);
  joining.step.state.timers.set({TimerKind::classic_session, group.id(), id}, joining.step.now.monotonic_ms + request.session_timeout_ms);
  joining.refuse(id, ErrorCode::member_id_required);
}

void join_known(Joining& joining) {
  ClassicGroup& group = joining.group;
  const wire::JoinGroupRequest& request = joining.request;
  if (!group.accepts(request.protocol_type, joining.protocols)) {
    return joining.refuse(request.member_id, ErrorCode::inconsistent_group_protocol);
  }
  if (group.pending().contains(request.member_id)) {
    // Ids are only given out to members without an instance.
    if (request.group_instance_id) return joining.refuse(request.member_id, ErrorCode::unknown_server_error);
    return add_member(joining, std::string(request.member_id));
  }
  const ErrorCode known = group.check_member(request.member_id, request.group_instance_id);
  if (known != ErrorCode::none) return joining.refuse(request.member_id, known);
  ClassicMember& member = *group.find_member(request.member_id);
  const bool same = member.protocols == joining.protocols;
  switch (group.state()) {
    case ClassicState::preparing_rebalance: return join_again(joining, member, "a member joined again");
    case ClassicState::completing_rebalance:
      // Its answer was probably lost: tell it again.
      if (same) return answer_joined(joining.step, group, member, joining.parked());
      return join_again(joining, member, "a member changed what it offers");
    case ClassicState::stable:
      // A leader joins again when something beyond the members changed, such as a topic's partitions.
      if (group.is_leader(member.id)) return join_again(joining, member, "the leader joined again");
      if (same) return answer_joined(joining.step, group, member, joining.parked());
      return join_again(joining, member, "a member changed what it offers");
    case ClassicState::empty: return joining.refuse(request.member_id, ErrorCode::unknown_member_id);
  }
}

}  // namespace

bool has_good_session(const Step& step, const wire::JoinGroupRequest& request) {
  const Options& options = step.state.options;
  return request.session_timeout_ms >= options.min_session_ms && request.session_timeout_ms <= options.max_session_ms;
}

void join(Step& step, const wire::JoinGroupRequest& request, const Call& call) {
  const ParkedCall caller{call.ticket, call.version};
  const Options& options = step.state.options;
  if (request.group_id.empty()) return answer_join(step, caller, request.member_id, ErrorCode::invalid_group_id);
  if (!has_good_session(step, request)) {
    return answer_join(step, caller, request.member_id, ErrorCode::invalid_session_timeout);
  }
  if (too_large(request, options)) return answer_join(step, caller, request.member_id, coordinator_error(ErrorCode::message_too_large));
  const bool is_unknown = request.member_id.empty();
  Group* known = step.state.find(request.group_id);
  if (known != nullptr && known->type() == GroupType::consumer) {
    if (!is_unknown) return answer_join(step, caller, request.member_id, ErrorCode::unknown_member_id);
    known->erase(step);
    known = nullptr;
  }
  if (known == nullptr && !is_unknown) return answer_join(step, caller, request.member_id, ErrorCode::unknown_member_id);
  if (known == nullptr) known = &step.state.insert(std::make_unique<ClassicGroup>(std::string(request.group_id)));
  ClassicGroup& group = static_cast<ClassicGroup&>(*known);
  Joining joining{step, request, call, group, protocols_of(request)};
  if (!has_room_for(group, request, options.max_size)) {
    if (ClassicMember* member = group.find_member(request.member_id)) answer_parked(step, group, *member, ErrorCode::unknown_member_id);
    end_session(step, group, request.member_id);
    group.remove(request.member_id);
    joining.refuse({}, ErrorCode::group_max_size_reached);
    return complete_join_if_all_joined(step, group);
  }
  is_unknown ? join_new(joining) : join_known(joining);
}

}  // namespace streamline::groups::classic
