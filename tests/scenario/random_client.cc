// Reacts to errors the way the Java client does.
#include "scenario/random_client.h"

#include <array>

#include "groups/classic/classic_group.h"
#include "groups/consumer/consumer_group.h"
#include "scenario/text.h"
#include "wire/error_code.h"
#include "wire/messages/consumer_protocol_assignment.h"
#include "wire/reader.h"
#include "wire/record_codec.h"

namespace streamline::scenario {

using wire::ErrorCode;

namespace {

constexpr std::string_view kGroup = "g";
constexpr std::int32_t kSessionMs = 10'000;
constexpr std::int32_t kRebalanceMs = 20'000;

std::optional<std::string_view> view_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return *text;
}

}  // namespace

groups::Ticket RandomClient::send(World&, groups::Call call) {
  waits_for_ = call.ticket;
  waits_for_api_ = call.api;
  return call.ticket;
}

groups::Ticket RandomClient::join(World& world) {
  const std::vector<std::byte> metadata = subscription_of(topics_);
  std::array<wire::JoinGroupRequest::JoinGroupRequestProtocol, 1> protocols{};
  protocols[0] = {.name = "range", .metadata = metadata};
  wire::JoinGroupRequest request{.group_id = kGroup, .session_timeout_ms = kSessionMs, .rebalance_timeout_ms = kRebalanceMs};
  request.member_id = id_;
  request.group_instance_id = view_of(instance_);
  request.protocol_type = "consumer";
  request.protocols = protocols;
  const auto call = world.call(name(), wire::ApiKey::join_group, 9);
  const groups::Ticket ticket = send(world, call);
  phase_ = Phase::out;
  world.shard().join(request, call, world.now(), world.effects());
  return ticket;
}

groups::Ticket RandomClient::sync(World& world) {
  std::vector<wire::SyncGroupRequest::SyncGroupRequestAssignment> parts;
  // All of t for the first: groups of the new protocol take over what is theirs.
  std::array<std::int32_t, 3> all = {0, 1, 2};
  std::array<wire::ConsumerProtocolAssignment::TopicPartition, 1> topics{};
  topics[0] = {.topic = "t", .partitions = all};
  wire::ConsumerProtocolAssignment everything{.assigned_partitions = topics};
  everything.user_data.reset();
  const std::vector<std::byte> bytes = wire::encode_versioned(everything, 1);
  for (const std::string& member : members_) {
    parts.push_back({.member_id = member, .assignment = &member == &members_.front() ? ByteView(bytes) : ByteView()});
  }
  wire::SyncGroupRequest request{.group_id = kGroup, .generation_id = generation_, .member_id = id_};
  request.group_instance_id = view_of(instance_);
  request.assignments = parts;
  const auto call = world.call(name(), wire::ApiKey::sync_group, 5);
  const groups::Ticket ticket = send(world, call);
  world.shard().sync(request, call, world.now(), world.effects());
  return ticket;
}

groups::Ticket RandomClient::heartbeat(World& world) {
  wire::HeartbeatRequest request{.group_id = kGroup, .generation_id = generation_, .member_id = id_};
  request.group_instance_id = view_of(instance_);
  const auto call = world.call(name(), wire::ApiKey::heartbeat, 4);
  const groups::Ticket ticket = send(world, call);
  world.shard().heartbeat(request, call, world.now(), world.effects());
  return ticket;
}

groups::Ticket RandomClient::commit(World& world, std::int64_t offset) {
  std::array<wire::OffsetCommitRequest::OffsetCommitRequestPartition, 1> partitions{};
  partitions[0] = {.partition_index = static_cast<std::int32_t>(offset % 3), .committed_offset = offset};
  std::array<wire::OffsetCommitRequest::OffsetCommitRequestTopic, 1> topics{};
  topics[0].name = "t";
  topics[0].partitions = partitions;
  wire::OffsetCommitRequest request{.group_id = kGroup, .generation_id_or_member_epoch = generation_, .member_id = id_};
  request.group_instance_id = view_of(instance_);
  request.topics = topics;
  const auto call = world.call(name(), wire::ApiKey::offset_commit, 9);
  const groups::Ticket ticket = send(world, call);
  world.shard().commit_offsets(request, call, world.now(), world.effects());
  return ticket;
}

groups::Ticket RandomClient::leave(World& world) {
  std::array<wire::LeaveGroupRequest::MemberIdentity, 1> members{};
  members[0] = {.member_id = id_, .group_instance_id = view_of(instance_)};
  wire::LeaveGroupRequest request{.group_id = kGroup, .members = members};
  const auto call = world.call(name(), wire::ApiKey::leave_group, 5);
  const groups::Ticket ticket = send(world, call);
  world.shard().leave(request, call, world.now(), world.effects());
  phase_ = Phase::out;
  id_.clear();
  return ticket;
}

std::optional<groups::Ticket> RandomClient::go_on(World& world) {
  if (waits()) return std::nullopt;
  switch (phase_) {
    case Phase::out: return join(world);
    case Phase::joined: return sync(world);
    case Phase::stable: return heartbeat(world);
  }
  return std::nullopt;
}

std::optional<groups::Ticket> RandomClient::surprise(World& world, std::mt19937_64& random) {
  switch (random() % 6) {
    case 0:  // it starts anew and knows nothing
      waits_for_.reset();
      id_.clear();
      phase_ = Phase::out;
      return std::nullopt;
    case 1:  // its answer is lost
      waits_for_.reset();
      return go_on(world);
    case 2:
      if (waits() || phase_ != Phase::stable) return std::nullopt;
      topics_ = topics_ == "t" ? "t,u" : "t";
      return join(world);
    case 3: return waits() || id_.empty() ? std::nullopt : std::optional(leave(world));
    default: return waits() || id_.empty() ? std::nullopt : std::optional(commit(world, static_cast<std::int64_t>(random() % 1000)));
  }
}

void RandomClient::lose_connection() { waits_for_.reset(); }

void RandomClient::take_error(ErrorCode error) {
  switch (error) {
    case ErrorCode::none:
    case ErrorCode::member_id_required: return;
    case ErrorCode::unknown_member_id:
    case ErrorCode::fenced_instance_id: id_.clear(); [[fallthrough]];
    default: phase_ = Phase::out;
  }
}

bool RandomClient::is_at_rest(const World& world) const {
  const groups::Group* group = world.shard().state().find(kGroup);
  if (group == nullptr || waits() || phase_ != Phase::stable) return false;
  if (group->type() == groups::GroupType::classic) return generation_ == static_cast<const groups::ClassicGroup*>(group)->generation();
  const auto& consumer = static_cast<const groups::ConsumerGroup&>(*group);
  const groups::ConsumerMember* member = consumer.find_member(id_);
  return member != nullptr && generation_ == member->assignment.epoch && member->has_reached(consumer.assignment_epoch());
}

void RandomClient::take(World&, const groups::Answer& answer) {
  if (waits_for_ != answer.ticket) return;
  waits_for_.reset();
  Arena arena;
  wire::Reader in(answer.body);
  if (answer.api == wire::ApiKey::join_group) {
    const auto response = wire::JoinGroupResponse::decode(in, answer.version, arena);
    const auto error = static_cast<ErrorCode>(response->error_code);
    if (error == ErrorCode::none || error == ErrorCode::member_id_required) id_ = response->member_id;
    take_error(error);
    if (error != ErrorCode::none) return;
    generation_ = response->generation_id;
    members_.clear();
    for (const auto& member : response->members) members_.emplace_back(member.member_id);
    phase_ = Phase::joined;
  } else if (answer.api == wire::ApiKey::sync_group) {
    const auto response = wire::SyncGroupResponse::decode(in, answer.version, arena);
    const auto error = static_cast<ErrorCode>(response->error_code);
    take_error(error);
    if (error == ErrorCode::none) phase_ = Phase::stable;
  } else if (answer.api == wire::ApiKey::heartbeat) {
    take_error(static_cast<ErrorCode>(wire::HeartbeatResponse::decode(in, answer.version, arena)->error_code));
  }
}

}  // namespace streamline::scenario
