// CreateTopics, DeleteTopics, DescribeConfigs.
#include "client/admin.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "wire/messages/create_topics.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_configs.h"

namespace streamline::client {

namespace {

constexpr std::int8_t kTopicResource = 2;

std::string_view source_name(std::int8_t source) {
  switch (source) {
    case 1: return "topic";
    case 2: return "broker";
    case 3: return "default-broker";
    case 4: return "static-broker";
    case 5: return "default";
    default: return "unknown";
  }
}

std::int32_t timeout_of(const Cluster& cluster) { return static_cast<std::int32_t>(cluster.options().connection.request_timeout.count()); }

Attempt<CreatedTopic> create_once(Cluster& cluster, const NewTopic& topic) {
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

Attempt<std::vector<ConfigEntry>> configs_once(Cluster& cluster, std::string_view name) {
  auto broker = cluster.any();
  if (!broker) return std::unexpected(std::move(broker).error());
  wire::DescribeConfigsRequest::DescribeConfigsResource resource;
  resource.resource_type = kTopicResource;
  resource.resource_name = name;
  resource.configuration_keys = std::nullopt;
  wire::DescribeConfigsRequest request;
  request.resources = std::span(&resource, 1);
  auto reply = (*broker)->call<wire::DescribeConfigsResponse>(request);
  if (!reply) return cluster.drop(*broker, std::move(reply).error());
  if ((*reply)->results.size() != 1)
    return std::unexpected(Failure{.error = {Errc::malformed, "DescribeConfigs was not answered for the topic asked"}});
  const auto& answer = (*reply)->results[0];
  if (answer.error_code != 0) {
    return std::unexpected(broker_failure(answer.error_code, fmt::format("configs of topic '{}'", name), answer.error_message));
  }
  std::vector<ConfigEntry> entries;
  for (const auto& config : answer.configs) {
    std::optional<std::string> value;
    if (config.value) value = std::string(*config.value);
    entries.push_back({.name = std::string(config.name),
                       .value = std::move(value),
                       .source = std::string(source_name(config.config_source)),
                       .sensitive = config.is_sensitive});
  }
  return entries;
}

}  // namespace

Result<CreatedTopic> create_topic(Cluster& cluster, const NewTopic& topic) {
  return cluster.retry(topic.name, [&] { return create_once(cluster, topic); });
}

Status delete_topic(Cluster& cluster, std::string_view name) {
  auto deleted = cluster.retry(name, [&] { return delete_once(cluster, name); });
  return deleted ? Status{} : fail_with(std::move(deleted));
}

Result<std::vector<ConfigEntry>> topic_configs(Cluster& cluster, std::string_view name) {
  auto entries = cluster.retry(name, [&] { return configs_once(cluster, name); });
  if (entries) std::ranges::sort(*entries, {}, &ConfigEntry::name);
  return entries;
}

}  // namespace streamline::client
