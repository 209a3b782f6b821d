// ListGroups, DescribeGroups, ConsumerGroupDescribe, DeleteGroups.
#include "client/groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "wire/last_rebalance.h"
#include "wire/messages/consumer_group_describe.h"
#include "wire/messages/consumer_protocol_assignment.h"
#include "wire/messages/delete_groups.h"
#include "wire/messages/describe_groups.h"
#include "wire/messages/list_groups.h"
#include "wire/record_codec.h"

namespace streamline::client {

namespace {

constexpr std::string_view kConsumerProtocol = "consumer";
/// What DescribeGroups below version 6 calls a group that nobody knows.
constexpr std::string_view kDead = "Dead";

std::string doing(std::string_view group) { return fmt::format("group '{}'", group); }

Attempt<std::vector<GroupListing>> list_once(Cluster& cluster) {
  auto brokers = cluster.everybody();
  if (!brokers) return std::unexpected(std::move(brokers).error());
  std::vector<GroupListing> groups;
  for (Connection* broker : *brokers) {
    auto reply = broker->call<wire::ListGroupsResponse>(wire::ListGroupsRequest());
    if (!reply) return cluster.drop(broker, std::move(reply).error());
    if ((*reply)->error_code != 0) return std::unexpected(broker_failure((*reply)->error_code, "the list of groups"));
    for (const auto& group : (*reply)->groups) {
      groups.push_back({.id = std::string(group.group_id),
                        .protocol_type = std::string(group.protocol_type),
                        .state = std::string(group.group_state),
                        .type = std::string(group.group_type)});
    }
  }
  return groups;
}

std::vector<TopicPartition> sorted(std::vector<TopicPartition> partitions) {
  std::ranges::sort(partitions);
  return partitions;
}

GroupDescription described(const wire::DescribeGroupsResponse::DescribedGroup& group) {
  GroupDescription description{.id = std::string(group.group_id),
                               .type = "classic",
                               .state = std::string(group.group_state),
                               .protocol_type = std::string(group.protocol_type),
                               .protocol = std::string(group.protocol_data),
                               .coordinator = {},
                               .members = {}};
  for (const auto& member : group.members) {
    auto& added = description.members.emplace_back();
    added.id = member.member_id;
    added.instance_id = member.group_instance_id.value_or(std::string_view());
    added.client_id = member.client_id;
    added.host = member.client_host;
    if (group.protocol_type == kConsumerProtocol) added.assignment = assigned_partitions(member.member_assignment);
  }
  return description;
}

GroupDescription described(const wire::ConsumerGroupDescribeResponse::DescribedGroup& group) {
  GroupDescription description{.id = std::string(group.group_id),
                               .type = "consumer",
                               .state = std::string(group.group_state),
                               .protocol_type = std::string(kConsumerProtocol),
                               .protocol = std::string(group.assignor_name),
                               .coordinator = {},
                               .members = {}};
  for (const auto& member : group.members) {
    auto& added = description.members.emplace_back();
    added.id = member.member_id;
    added.instance_id = member.instance_id.value_or(std::string_view());
    added.client_id = member.client_id;
    added.host = member.client_host;
    for (const auto& topic : member.assignment.topic_partitions) {
      for (const std::int32_t index : topic.partitions) {
        added.assignment.push_back({.topic = std::string(topic.topic_name), .partition = index});
      }
    }
    added.assignment = sorted(std::move(added.assignment));
  }
  return description;
}

/// One group out of the response about it, whichever of the two APIs was asked.
template <class Response, class Request>
Attempt<GroupDescription> ask_about(Cluster& cluster, Connection& coordinator, const Request& request, std::string_view group) {
  auto reply = coordinator.call<Response>(request);
  if (!reply) return cluster.drop(&coordinator, std::move(reply).error());
  if ((*reply)->groups.size() != 1) {
    return std::unexpected(Failure{.error = {Errc::malformed, fmt::format("{} was not answered for the group asked", Response::kName)}});
  }
  const auto& answer = (*reply)->groups[0];
  if (answer.error_code != 0) return std::unexpected(broker_failure(answer.error_code, doing(group), answer.error_message));
  if (answer.group_state == kDead) {
    return std::unexpected(broker_failure(static_cast<std::int16_t>(wire::ErrorCode::group_id_not_found), doing(group)));
  }
  GroupDescription description = described(answer);
  description.coordinator = to_string(coordinator.address());
  if (const auto told = wire::find_last_rebalance(answer.unknown_tags)) {
    description.last_rebalance = Rebalance{.reason = std::string(told->reason),
                                           .member_id = std::string(told->member_id),
                                           .began_ms = told->began_ms,
                                           .ended_ms = told->ended_ms < 0 ? std::nullopt : std::optional(told->ended_ms)};
  }
  return description;
}

Attempt<GroupDescription> describe_once(Cluster& cluster, std::string_view group) {
  auto coordinator = cluster.coordinator_of(group);
  if (!coordinator) return std::unexpected(std::move(coordinator).error());
  wire::DescribeGroupsRequest classic;
  classic.groups = std::span(&group, 1);
  auto description = ask_about<wire::DescribeGroupsResponse>(cluster, **coordinator, classic, group);
  if (description || description.error().error.code != Errc::not_found) return description;
  // The groups of KIP-848 are unknown to the older API.
  wire::ConsumerGroupDescribeRequest newer;
  newer.group_ids = std::span(&group, 1);
  if (!(*coordinator)->broker_versions().contains(wire::ConsumerGroupDescribeRequest::kApiKey)) return description;
  return ask_about<wire::ConsumerGroupDescribeResponse>(cluster, **coordinator, newer, group);
}

Attempt<std::monostate> delete_once(Cluster& cluster, std::string_view group) {
  auto coordinator = cluster.coordinator_of(group);
  if (!coordinator) return std::unexpected(std::move(coordinator).error());
  wire::DeleteGroupsRequest request;
  request.groups_names = std::span(&group, 1);
  auto reply = (*coordinator)->call<wire::DeleteGroupsResponse>(request);
  if (!reply) return cluster.drop(*coordinator, std::move(reply).error());
  if ((*reply)->results.size() != 1) {
    return std::unexpected(Failure{.error = {Errc::malformed, "DeleteGroups was not answered for the group asked"}});
  }
  const std::int16_t error = (*reply)->results[0].error_code;
  if (error != 0) return std::unexpected(broker_failure(error, doing(group)));
  return std::monostate{};
}

}  // namespace

std::vector<TopicPartition> assigned_partitions(ByteView bytes) {
  Arena arena;
  wire::Reader in(bytes);
  const std::int16_t version = in.int16();
  if (!in.ok() || version < 0) return {};
  const auto assignment =
      wire::ConsumerProtocolAssignment::decode(in, std::min(version, wire::ConsumerProtocolAssignment::kMaxVersion), arena);
  if (!assignment) return {};
  std::vector<TopicPartition> partitions;
  for (const auto& topic : assignment->assigned_partitions) {
    for (const std::int32_t index : topic.partitions) partitions.push_back({.topic = std::string(topic.topic), .partition = index});
  }
  return sorted(std::move(partitions));
}

Result<std::vector<GroupListing>> list_groups(Cluster& cluster) {
  auto groups = cluster.retry("", [&] { return list_once(cluster); });
  if (groups) std::ranges::sort(*groups, {}, &GroupListing::id);
  return groups;
}

Result<GroupDescription> describe_group(Cluster& cluster, std::string_view group) {
  auto description = cluster.retry("", [&] { return describe_once(cluster, group); });
  if (description) std::ranges::sort(description->members, {}, &GroupMember::id);
  return description;
}

Status delete_group(Cluster& cluster, std::string_view group) {
  auto deleted = cluster.retry("", [&] { return delete_once(cluster, group); });
  return deleted ? Status{} : fail_with(std::move(deleted));
}

}  // namespace streamline::client
