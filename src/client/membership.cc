// JoinGroup, SyncGroup, Heartbeat, LeaveGroup: the consumer's half of the classic protocol (KIP-62, KIP-394).
#include "client/membership.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "client/range_assignor.h"
#include "wire/messages/consumer_protocol_assignment.h"
#include "wire/messages/consumer_protocol_subscription.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/sync_group.h"
#include "wire/record_codec.h"

namespace streamline::client {

namespace {

using wire::ErrorCode;

constexpr std::string_view kProtocolType = "consumer";
/// Of subscriptions and assignments; everybody reads it.
constexpr std::int16_t kProtocolVersion = 0;

std::vector<std::string> topics_of(ByteView metadata) {
  Arena arena;
  wire::Reader in(metadata);
  const std::int16_t version = in.int16();
  if (!in.ok() || version < 0) return {};
  const auto subscription =
      wire::ConsumerProtocolSubscription::decode(in, std::min(version, wire::ConsumerProtocolSubscription::kMaxVersion), arena);
  if (!subscription) return {};
  return {subscription->topics.begin(), subscription->topics.end()};
}

std::vector<std::byte> subscription_to(std::string_view topic) {
  wire::ConsumerProtocolSubscription subscription;
  subscription.topics = std::span(&topic, 1);
  return wire::encode_versioned(subscription, kProtocolVersion);
}

std::vector<std::byte> encoded(const std::vector<TopicPartition>& partitions) {
  std::map<std::string_view, std::vector<std::int32_t>> by_topic;
  for (const TopicPartition& of : partitions) by_topic[of.topic].push_back(of.partition);
  std::vector<wire::ConsumerProtocolAssignment::TopicPartition> topics;
  for (auto& [topic, indexes] : by_topic) topics.push_back({.topic = topic, .partitions = indexes});
  wire::ConsumerProtocolAssignment assignment;
  assignment.assigned_partitions = topics;
  return wire::encode_versioned(assignment, kProtocolVersion);
}

std::int32_t ms(std::chrono::milliseconds time) { return static_cast<std::int32_t>(time.count()); }

}  // namespace

Membership::Refusal Membership::refused(std::int16_t error, std::string_view doing) {
  const Failure failure = broker_failure(error, fmt::format("{} group '{}'", doing, options_.group));
  switch (static_cast<ErrorCode>(error)) {
    case ErrorCode::unknown_member_id: member_id_.clear(); return {.failure = {failure.error, true}, .again = Again::at_once};
    case ErrorCode::member_id_required:
    case ErrorCode::rebalance_in_progress:
    case ErrorCode::illegal_generation: return {.failure = {failure.error, true}, .again = Again::at_once};
    default: return {.failure = failure};
  }
}

Result<std::vector<std::int32_t>> Membership::join() {
  const Deadline deadline = deadline_in(options_.join_timeout);
  while (true) {
    auto joined = join_once();
    if (joined) {
      next_beat_ = deadline_in(options_.heartbeat_interval);
      return *std::move(joined);
    }
    Refusal& refusal = joined.error();
    if (!refusal.failure.retriable || left_until(deadline).count() == 0) return std::unexpected(std::move(refusal.failure.error));
    const auto& cluster_options = cluster_.options();
    const auto time = refusal.again == Again::at_once ? std::chrono::milliseconds(0) : cluster_options.retry_pause;
    if (auto paused = pause(time, cluster_options.connection.cancel_fd); !paused) return fail_with(std::move(paused));
  }
}

auto Membership::join_once() -> Step<std::vector<std::int32_t>> {
  auto coordinator = cluster_.coordinator_of(options_.group);
  if (!coordinator) return std::unexpected(Refusal{.failure = std::move(coordinator).error()});
  const std::vector<std::byte> subscription = subscription_to(options_.topic);
  wire::JoinGroupRequest::JoinGroupRequestProtocol protocol{.name = kRangeAssignor, .metadata = subscription};
  wire::JoinGroupRequest request;
  request.group_id = options_.group;
  request.session_timeout_ms = ms(options_.session_timeout);
  request.rebalance_timeout_ms = ms(options_.rebalance_timeout);
  request.member_id = member_id_;
  request.protocol_type = kProtocolType;
  request.protocols = std::span(&protocol, 1);
  auto reply = (*coordinator)->call<wire::JoinGroupResponse>(request);
  if (!reply) return std::unexpected(Refusal{.failure = cluster_.drop(*coordinator, std::move(reply).error()).error()});
  const wire::JoinGroupResponse& joined = reply->body;
  const bool has_id = joined.error_code == 0 || joined.error_code == static_cast<std::int16_t>(ErrorCode::member_id_required);
  if (has_id) member_id_ = joined.member_id;
  if (joined.error_code != 0) return std::unexpected(refused(joined.error_code, "joining"));
  generation_ = joined.generation_id;
  return sync(**coordinator, joined);
}

Result<std::map<std::string, std::vector<TopicPartition>>> Membership::divide(const wire::JoinGroupResponse& joined) {
  std::map<std::string, std::vector<std::string>> subscriptions;
  std::map<std::string, std::int32_t> partitions;
  for (const auto& member : joined.members) {
    auto& topics = subscriptions[std::string(member.member_id)] = topics_of(member.metadata);
    for (const std::string& name : topics) {
      if (partitions.contains(name)) continue;
      auto topic = cluster_.topic(name);
      if (topic) {
        partitions[name] = static_cast<std::int32_t>((*topic)->partitions.size());
      } else if (topic.error().code != Errc::not_found) {
        return fail_with(std::move(topic));
      }
    }
  }
  return assign_ranges(subscriptions, partitions);
}

auto Membership::sync(Connection& coordinator, const wire::JoinGroupResponse& joined) -> Step<std::vector<std::int32_t>> {
  using Assignment = wire::SyncGroupRequest::SyncGroupRequestAssignment;
  std::map<std::string, std::vector<std::byte>> bodies;
  std::vector<Assignment> assignments;
  if (joined.leader == member_id_ && !joined.skip_assignment) {
    auto divided = divide(joined);
    if (!divided) return std::unexpected(Refusal{.failure = connection_failure(std::move(divided).error())});
    for (const auto& [member, partitions] : *divided) bodies[member] = encoded(partitions);
    for (const auto& [member, body] : bodies) assignments.push_back({.member_id = member, .assignment = body});
  }
  wire::SyncGroupRequest request;
  request.group_id = options_.group;
  request.generation_id = generation_;
  request.member_id = member_id_;
  request.protocol_type = kProtocolType;
  request.protocol_name = kRangeAssignor;
  request.assignments = assignments;
  auto reply = coordinator.call<wire::SyncGroupResponse>(request);
  if (!reply) return std::unexpected(Refusal{.failure = cluster_.drop(&coordinator, std::move(reply).error()).error()});
  if ((*reply)->error_code != 0) return std::unexpected(refused((*reply)->error_code, "joining"));
  std::vector<std::int32_t> owned;
  for (const TopicPartition& of : assigned_partitions((*reply)->assignment)) {
    if (of.topic == options_.topic) owned.push_back(of.partition);
  }
  return owned;
}

Result<Membership::Standing> Membership::beat() {
  if (left_until(next_beat_).count() > 0) return Standing::member;
  next_beat_ = deadline_in(options_.heartbeat_interval);
  auto coordinator = cluster_.coordinator_of(options_.group);
  if (!coordinator) {
    if (coordinator.error().retriable) return Standing::member;
    return std::unexpected(std::move(coordinator).error().error);
  }
  wire::HeartbeatRequest request;
  request.group_id = options_.group;
  request.generation_id = generation_;
  request.member_id = member_id_;
  auto reply = (*coordinator)->call<wire::HeartbeatResponse>(request);
  if (!reply) {
    Failure failure = cluster_.drop(*coordinator, std::move(reply).error()).error();
    if (failure.retriable) return Standing::member;
    return std::unexpected(std::move(failure.error));
  }
  const std::int16_t error = (*reply)->error_code;
  if (error == 0) return Standing::member;
  const Refusal refusal = refused(error, "staying in");
  if (refusal.again == Again::at_once) return Standing::must_rejoin;
  if (refusal.failure.retriable) return Standing::member;
  return std::unexpected(refusal.failure.error);
}

Status Membership::commit(Cluster& cluster, const GroupOffsets& offsets) const {
  return commit_offsets(cluster, options_.group, offsets, {.member_id = member_id_, .generation = generation_});
}

Status Membership::leave(Cluster& cluster) {
  const auto left = cluster.retry("", [&]() -> Attempt<std::monostate> {
    auto coordinator = cluster.coordinator_of(options_.group);
    if (!coordinator) return std::unexpected(std::move(coordinator).error());
    wire::LeaveGroupRequest::MemberIdentity self;
    self.member_id = member_id_;
    wire::LeaveGroupRequest request;
    request.group_id = options_.group;
    request.member_id = member_id_;
    request.members = std::span(&self, 1);
    auto reply = (*coordinator)->call<wire::LeaveGroupResponse>(request);
    if (!reply) return cluster.drop(*coordinator, std::move(reply).error());
    if ((*reply)->error_code != 0) return std::unexpected(refused((*reply)->error_code, "leaving").failure);
    return std::monostate{};
  });
  return left ? Status{} : std::unexpected(left.error());
}

}  // namespace streamline::client
