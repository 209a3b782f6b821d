// OffsetFetch, OffsetCommit, OffsetDelete of one group.
#include <fmt/format.h>

#include <variant>

#include "client/groups.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_delete.h"
#include "wire/messages/offset_fetch.h"

namespace streamline::client {

namespace {

/// Later versions name topics by id only, and a topic that is gone has none.
constexpr std::int16_t kLastWithNames = 9;
constexpr std::int16_t kFirstWithGroups = 8;

std::string doing(std::string_view group) { return fmt::format("offsets of group '{}'", group); }

std::string doing(std::string_view group, const TopicPartition& of) {
  return fmt::format("offset of group '{}' in partition {} of topic '{}'", group, of.partition, of.topic);
}

/// The first refusal that an answer holds.
template <class Topics>
Attempt<std::monostate> all_done(std::string_view group, const Topics& topics) {
  for (const auto& topic : topics) {
    for (const auto& partition : topic.partitions) {
      if (partition.error_code == 0) continue;
      const TopicPartition of{.topic = std::string(topic.name), .partition = partition.partition_index};
      return std::unexpected(broker_failure(partition.error_code, doing(group, of)));
    }
  }
  return std::monostate{};
}

template <class Topics>
Attempt<GroupOffsets> gathered(std::string_view group, const Topics& topics) {
  GroupOffsets offsets;
  for (const auto& topic : topics) {
    for (const auto& partition : topic.partitions) {
      const TopicPartition of{.topic = std::string(topic.name), .partition = partition.partition_index};
      if (partition.error_code != 0) return std::unexpected(broker_failure(partition.error_code, doing(group, of)));
      if (partition.committed_offset < 0) continue;
      offsets[of] = {.offset = partition.committed_offset,
                     .leader_epoch = partition.committed_leader_epoch,
                     .metadata = std::string(partition.metadata.value_or(std::string_view()))};
    }
  }
  return offsets;
}

Attempt<GroupOffsets> fetch_once(Cluster& cluster, std::string_view group) {
  auto coordinator = cluster.coordinator_of(group);
  if (!coordinator) return std::unexpected(std::move(coordinator).error());
  wire::OffsetFetchRequest::OffsetFetchRequestGroup asked;
  asked.group_id = group;
  asked.topics = std::nullopt;
  wire::OffsetFetchRequest request;
  request.group_id = group;
  request.topics = std::nullopt;
  request.groups = std::span(&asked, 1);
  auto reply = (*coordinator)->call<wire::OffsetFetchResponse>(request, kLastWithNames);
  if (!reply) return cluster.drop(*coordinator, std::move(reply).error());
  const wire::OffsetFetchResponse& answer = reply->body;
  if (reply->version < kFirstWithGroups) {
    if (answer.error_code != 0) return std::unexpected(broker_failure(answer.error_code, doing(group)));
    return gathered(group, answer.topics);
  }
  if (answer.groups.size() != 1) {
    return std::unexpected(Failure{.error = {Errc::malformed, "OffsetFetch was not answered for the group asked"}});
  }
  if (answer.groups[0].error_code != 0) return std::unexpected(broker_failure(answer.groups[0].error_code, doing(group)));
  return gathered(group, answer.groups[0].topics);
}

Attempt<std::monostate> commit_once(Cluster& cluster, std::string_view group, const GroupOffsets& offsets, const Committing& who) {
  using Topic = wire::OffsetCommitRequest::OffsetCommitRequestTopic;
  using Partition = wire::OffsetCommitRequest::OffsetCommitRequestPartition;
  auto coordinator = cluster.coordinator_of(group);
  if (!coordinator) return std::unexpected(std::move(coordinator).error());
  std::map<std::string_view, std::vector<Partition>> by_topic;
  for (const auto& [of, offset] : offsets) {
    auto& added = by_topic[of.topic].emplace_back();
    added.partition_index = of.partition;
    added.committed_offset = offset.offset;
    added.committed_leader_epoch = offset.leader_epoch;
    added.committed_metadata = offset.metadata;
  }
  std::vector<Topic> topics;
  for (auto& [name, partitions] : by_topic) {
    topics.emplace_back();
    topics.back().name = name;
    topics.back().partitions = partitions;
  }
  wire::OffsetCommitRequest request;
  request.group_id = group;
  request.generation_id_or_member_epoch = who.generation;
  request.member_id = who.member_id;
  request.topics = topics;
  auto reply = (*coordinator)->call<wire::OffsetCommitResponse>(request, kLastWithNames);
  if (!reply) return cluster.drop(*coordinator, std::move(reply).error());
  return all_done(group, (*reply)->topics);
}

Attempt<std::monostate> delete_once(Cluster& cluster, std::string_view group, std::span<const TopicPartition> partitions) {
  using Topic = wire::OffsetDeleteRequest::OffsetDeleteRequestTopic;
  using Partition = wire::OffsetDeleteRequest::OffsetDeleteRequestPartition;
  auto coordinator = cluster.coordinator_of(group);
  if (!coordinator) return std::unexpected(std::move(coordinator).error());
  std::map<std::string_view, std::vector<Partition>> by_topic;
  for (const TopicPartition& of : partitions) by_topic[of.topic].push_back({.partition_index = of.partition});
  std::vector<Topic> topics;
  for (auto& [name, indexes] : by_topic) topics.push_back({.name = name, .partitions = indexes});
  wire::OffsetDeleteRequest request;
  request.group_id = group;
  request.topics = topics;
  auto reply = (*coordinator)->call<wire::OffsetDeleteResponse>(request);
  if (!reply) return cluster.drop(*coordinator, std::move(reply).error());
  if ((*reply)->error_code != 0) return std::unexpected(broker_failure((*reply)->error_code, doing(group)));
  return all_done(group, (*reply)->topics);
}

}  // namespace

Result<GroupOffsets> committed_offsets(Cluster& cluster, std::string_view group) {
  return cluster.retry("", [&] { return fetch_once(cluster, group); });
}

Status commit_offsets(Cluster& cluster, std::string_view group, const GroupOffsets& offsets, const Committing& who) {
  if (offsets.empty()) return {};
  auto done = cluster.retry("", [&] { return commit_once(cluster, group, offsets, who); });
  return done ? Status{} : fail_with(std::move(done));
}

Status delete_offsets(Cluster& cluster, std::string_view group, std::span<const TopicPartition> partitions) {
  if (partitions.empty()) return {};
  auto done = cluster.retry("", [&] { return delete_once(cluster, group, partitions); });
  return done ? Status{} : fail_with(std::move(done));
}

}  // namespace streamline::client
