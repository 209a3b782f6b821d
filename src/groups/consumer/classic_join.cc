// JoinGroup to a group of the new protocol.
#include "groups/classic/rebalance.h"
#include "groups/consumer/classic_members.h"
#include "groups/consumer/classic_metadata.h"
#include "groups/consumer/member_change.h"
#include "groups/consumer/sessions.h"

namespace streamline::groups::consumer {

using wire::ErrorCode;

namespace {

/// From this version on a new member is sent away once with its id (KIP-394).
constexpr std::int16_t kFirstWithRequiredId = 4;

MemberMetadata metadata_of(const wire::JoinGroupRequest& request, const Call& call, ClassicSubscription subscription) {
  MemberMetadata metadata{.rack_id = std::move(subscription.rack_id),
                          .client_id = std::string(call.client_id),
                          .client_host = std::string(call.client_host),
                          .topics = std::move(subscription.topics)};
  if (request.group_instance_id) metadata.instance_id.emplace(*request.group_instance_id);
  metadata.rebalance_timeout_ms = request.rebalance_timeout_ms >= 0 ? request.rebalance_timeout_ms : request.session_timeout_ms;
  ClassicPart& classic = metadata.classic.emplace();
  classic.session_timeout_ms = request.session_timeout_ms;
  for (const auto& offered : request.protocols) {
    classic.protocols.push_back({std::string(offered.name), {offered.metadata.begin(), offered.metadata.end()}});
  }
  return metadata;
}

/// Whose place the member takes, or why it may not join.
struct Place {
  ErrorCode error = ErrorCode::none;
  std::string replaces{};
};

Place place_in(const Step& step, const ConsumerGroup& group, const wire::JoinGroupRequest& request) {
  const ConsumerMember* holder = group.find_static(request.group_instance_id);
  if (request.group_instance_id && !request.member_id.empty()) {
    if (holder == nullptr) return {ErrorCode::unknown_member_id, {}};
    return {holder->id == request.member_id ? ErrorCode::none : ErrorCode::fenced_instance_id, {}};
  }
  if (holder != nullptr) return {ErrorCode::none, holder->id};
  const bool is_known = !request.member_id.empty() && group.find_member(request.member_id) != nullptr;
  const bool is_full = group.members().size() >= static_cast<std::size_t>(step.state.options.consumer_max_size);
  return {!is_known && is_full ? ErrorCode::group_max_size_reached : ErrorCode::none, {}};
}

void answer_joined(Step& step, const ConsumerMember& member, const Call& call) {
  wire::JoinGroupResponse response;
  response.generation_id = member.assignment.epoch;
  response.protocol_type = "consumer";
  response.protocol_name = member.metadata.classic->protocols.front().name;
  response.member_id = member.id;
  step.effects.answer(call, response);
}

}  // namespace

void join(Step& step, ConsumerGroup& group, const wire::JoinGroupRequest& request, const Call& call) {
  const ParkedCall caller{call.ticket, call.version};
  std::vector<OfferedProtocol> offered;
  for (const auto& each : request.protocols) offered.push_back({std::string(each.name), {}});
  auto subscription = request.protocols.empty() ? std::nullopt : subscription_of(request.protocols.front().metadata, step.state.topics);
  if (!group.accepts(request.protocol_type, offered) || !subscription) {
    return classic::answer_join(step, caller, request.member_id, ErrorCode::inconsistent_group_protocol);
  }
  Place place = place_in(step, group, request);
  if (place.error != ErrorCode::none) return classic::answer_join(step, caller, request.member_id, place.error);
  const std::string id = request.member_id.empty() ? step.state.ids.next().to_string() : std::string(request.member_id);
  const bool is_sent_away = request.member_id.empty() && !request.group_instance_id && call.version >= kFirstWithRequiredId;
  if (is_sent_away) return classic::answer_join(step, caller, id, ErrorCode::member_id_required);
  MemberChange change{.group = request.group_id, .member_id = id, .replaces = std::move(place.replaces)};
  change.owned = subscription->owned;
  change.metadata = metadata_of(request, call, *std::move(subscription));
  const auto changed = change_member(step, std::move(change));
  if (!changed) return classic::answer_join(step, caller, request.member_id, changed.error().error);
  const ConsumerMember& member = *changed->group->find_member(id);
  stop_awaiting_join(step, request.group_id, id);
  await_sync(step, *changed->group, member);
  answer_joined(step, member, call);
}

}  // namespace streamline::groups::consumer
