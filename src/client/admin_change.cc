// DeleteRecords, and what our own broker tells behind DescribeTopicPartitions.
#include <fmt/format.h>

#include "client/admin.h"
#include "wire/messages/delete_records.h"
#include "wire/messages/describe_topic_partitions.h"

namespace streamline::client {

namespace {

constexpr std::int64_t kHighWatermark = -1;
/// Pages of a description; more is not believed of a broker.
constexpr int kMaxPages = 1000;

using Deletions = std::vector<std::optional<wire::NextDeletion>>;

std::int32_t timeout_of(const Cluster& cluster) { return static_cast<std::int32_t>(cluster.options().connection.request_timeout.count()); }

std::unexpected<Failure> unanswered(std::string_view api) {
  return std::unexpected(Failure{.error = {Errc::malformed, fmt::format("{} was not answered for what was asked", api)}});
}

Attempt<Offset> delete_once(Cluster& cluster, const TopicPartition& of, std::optional<Offset> before) {
  auto leader = cluster.leader_of(of.topic, of.partition);
  if (!leader) return std::unexpected(std::move(leader).error());
  wire::DeleteRecordsRequest::DeleteRecordsPartition partition;
  partition.partition_index = of.partition;
  partition.offset = before ? before->value : kHighWatermark;
  wire::DeleteRecordsRequest::DeleteRecordsTopic topic;
  topic.name = of.topic;
  topic.partitions = std::span(&partition, 1);
  wire::DeleteRecordsRequest request;
  request.topics = std::span(&topic, 1);
  request.timeout_ms = timeout_of(cluster);
  auto reply = (*leader)->call<wire::DeleteRecordsResponse>(request);
  if (!reply) return cluster.drop(*leader, std::move(reply).error());
  if ((*reply)->topics.size() != 1 || (*reply)->topics[0].partitions.size() != 1) return unanswered("DeleteRecords");
  const auto& answer = (*reply)->topics[0].partitions[0];
  if (answer.error_code == 0) return Offset(answer.low_watermark);
  return std::unexpected(
      broker_failure(answer.error_code, fmt::format("partition {} of topic '{}'", of.partition, of.topic), std::nullopt));
}

Attempt<Deletions> deletions_once(Cluster& cluster, std::string_view name) {
  auto broker = cluster.any();
  if (!broker) return std::unexpected(std::move(broker).error());
  Deletions found;
  bool told = false;
  for (int page = 0; page < kMaxPages; ++page) {
    wire::DescribeTopicPartitionsRequest::TopicRequest topic;
    topic.name = name;
    wire::DescribeTopicPartitionsRequest request;
    request.topics = std::span(&topic, 1);
    if (page > 0) {
      request.cursor.emplace();
      request.cursor->topic_name = name;
      request.cursor->partition_index = static_cast<std::int32_t>(found.size());
    }
    auto reply = (*broker)->call<wire::DescribeTopicPartitionsResponse>(request);
    if (!reply && reply.error().code == Errc::unsupported) return Deletions{};
    if (!reply) return cluster.drop(*broker, std::move(reply).error());
    if ((*reply)->topics.size() != 1) return unanswered("DescribeTopicPartitions");
    for (const auto& partition : (*reply)->topics[0].partitions) {
      found.push_back(wire::find_next_deletion(partition.unknown_tags));
      told = told || found.back().has_value();
    }
    if (!(*reply)->next_cursor || (*reply)->topics[0].partitions.empty()) break;
  }
  return told ? std::move(found) : Deletions{};
}

}  // namespace

Result<Offset> delete_records(Cluster& cluster, const TopicPartition& of, std::optional<Offset> before) {
  return cluster.retry(of.topic, [&] { return delete_once(cluster, of, before); });
}

Result<Deletions> next_deletions(Cluster& cluster, std::string_view name) {
  return cluster.retry(name, [&] { return deletions_once(cluster, name); });
}

}  // namespace streamline::client
