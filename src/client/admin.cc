// CreateTopics, CreatePartitions, DeleteTopics.
#include "client/admin.h"

#include <fmt/format.h>

#include <variant>

#include "wire/messages/create_partitions.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/delete_topics.h"

namespace streamline::client {

namespace {

std::int32_t timeout_of(const Cluster& cluster) { return static_cast<std::int32_t>(cluster.options().connection.request_timeout.count()); }

Attempt<CreatedTopic> create_once(Cluster& cluster, const NewTopic& topic, Change change) {
  auto controller = cluster.controller();
  if (!controller) return std::unexpected(std::move(controller).error());
  std::vector<wire::CreateTopicsRequest::CreatableTopicConfig> configs(topic.configs.size());
  for (std::size_t i = 0; i < configs.size(); ++i) {
    configs[i].name = topic.configs[i].first;
    configs[i].value = topic.configs[i].second;
  }
  wire::CreateTopicsRequest::CreatableTopic wanted;
  wanted.name = topic.name;
  wanted.num_partitions = topic.partitions;
  wanted.replication_factor = topic.replication_factor;
  wanted.configs = configs;
  wire::CreateTopicsRequest request;
  request.topics = std::span(&wanted, 1);
  request.timeout_ms = timeout_of(cluster);
  request.validate_only = change == Change::only_check;
  auto reply = (*controller)->call<wire::CreateTopicsResponse>(request);
  if (!reply) return cluster.drop(*controller, std::move(reply).error());
  if ((*reply)->topics.size() != 1)
    return std::unexpected(Failure{.error = {Errc::malformed, "CreateTopics was not answered for the topic asked"}});
  const auto& answer = (*reply)->topics[0];
  if (answer.error_code != 0) {
    return std::unexpected(broker_failure(answer.error_code, fmt::format("topic '{}'", topic.name), answer.error_message));
  }
  return CreatedTopic{.id = answer.topic_id, .partitions = answer.num_partitions, .replication_factor = answer.replication_factor};
}

Attempt<std::monostate> delete_once(Cluster& cluster, std::string_view name) {
  auto controller = cluster.controller();
  if (!controller) return std::unexpected(std::move(controller).error());
  wire::DeleteTopicsRequest::DeleteTopicState state;
  state.name = name;
  wire::DeleteTopicsRequest request;
  request.topics = std::span(&state, 1);
  request.topic_names = std::span(&name, 1);
  request.timeout_ms = timeout_of(cluster);
  auto reply = (*controller)->call<wire::DeleteTopicsResponse>(request);
  if (!reply) return cluster.drop(*controller, std::move(reply).error());
  if ((*reply)->responses.size() != 1)
    return std::unexpected(Failure{.error = {Errc::malformed, "DeleteTopics was not answered for the topic asked"}});
  const auto& answer = (*reply)->responses[0];
  if (answer.error_code == 0) return std::monostate{};
  Failure failure = broker_failure(answer.error_code, fmt::format("topic '{}'", name), answer.error_message);
  failure.retriable = failure.retriable && failure.error.code != Errc::not_found;
  return std::unexpected(std::move(failure));
}

Attempt<std::monostate> grow_once(Cluster& cluster, std::string_view name, std::int32_t total, Change change) {
  auto controller = cluster.controller();
  if (!controller) return std::unexpected(std::move(controller).error());
  wire::CreatePartitionsRequest::CreatePartitionsTopic topic;
  topic.name = name;
  topic.count = total;
  topic.assignments = std::nullopt;
  wire::CreatePartitionsRequest request;
  request.topics = std::span(&topic, 1);
  request.timeout_ms = timeout_of(cluster);
  request.validate_only = change == Change::only_check;
  auto reply = (*controller)->call<wire::CreatePartitionsResponse>(request);
  if (!reply) return cluster.drop(*controller, std::move(reply).error());
  if ((*reply)->results.size() != 1)
    return std::unexpected(Failure{.error = {Errc::malformed, "CreatePartitions was not answered for the topic asked"}});
  const auto& answer = (*reply)->results[0];
  if (answer.error_code == 0) return std::monostate{};
  Failure failure = broker_failure(answer.error_code, fmt::format("topic '{}'", name), answer.error_message);
  failure.retriable = failure.retriable && failure.error.code != Errc::not_found;
  return std::unexpected(std::move(failure));
}

}  // namespace

Result<CreatedTopic> create_topic(Cluster& cluster, const NewTopic& topic, Change change) {
  return cluster.retry(topic.name, [&] { return create_once(cluster, topic, change); });
}

Status delete_topic(Cluster& cluster, std::string_view name) {
  auto deleted = cluster.retry(name, [&] { return delete_once(cluster, name); });
  return deleted ? Status{} : fail_with(std::move(deleted));
}

Status create_partitions(Cluster& cluster, std::string_view name, std::int32_t total, Change change) {
  auto grown = cluster.retry(name, [&] { return grow_once(cluster, name, total, change); });
  cluster.forget(name);
  return grown ? Status{} : fail_with(std::move(grown));
}

}  // namespace streamline::client
