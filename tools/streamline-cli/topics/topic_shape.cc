// Shapes read from brokers and from JSON.
#include "topics/topic_shape.h"

#include <fmt/format.h>

#include <limits>

namespace streamline::cli {

namespace {

/// A count under `key`; the broker's default without it.
Result<std::int32_t> count_of(const Json& shape, const char* key, std::int64_t most) {
  const auto found = shape.find(key);
  if (found == shape.end() || found->is_null()) return client::kBrokerDefault;
  if (found->is_number_integer() && found->get<std::int64_t>() >= 1 && found->get<std::int64_t>() <= most)
    return found->get<std::int32_t>();
  return fail(Errc::malformed, fmt::format("\"{}\" is no whole number from 1 to {}", key, most));
}

Result<TopicShape> parse_shape(const Json& json) {
  if (!json.is_object()) return fail(Errc::malformed, "it is no object");
  const auto name = json.find("topic");
  if (name == json.end() || !name->is_string() || name->get_ref<const std::string&>().empty())
    return fail(Errc::malformed, "it has no \"topic\" with a name");
  auto partitions = count_of(json, "partitions", 1'000'000);
  if (!partitions) return fail_with(std::move(partitions));
  auto replicas = count_of(json, "replication_factor", 1000);
  if (!replicas) return fail_with(std::move(replicas));
  TopicShape shape{.topic = name->get<std::string>(),
                   .partitions = *partitions,
                   .replication_factor = static_cast<std::int16_t>(*replicas),
                   .configs = {}};
  const auto configs = json.find("configs");
  if (configs == json.end()) return shape;
  if (!configs->is_object()) return fail(Errc::malformed, "\"configs\" is no object");
  for (const auto& item : configs->items()) {
    const Json& value = item.value();
    if (value.is_structured() || value.is_null()) return fail(Errc::malformed, fmt::format("config \"{}\" is no text", item.key()));
    shape.configs.emplace_back(item.key(), value.is_string() ? value.get<std::string>() : value.dump());
  }
  return shape;
}

}  // namespace

Result<TopicShape> shape_of(client::Cluster& cluster, std::string_view name) {
  auto topic = cluster.topic(name);
  if (!topic) return fail_with(std::move(topic));
  const auto& partitions = (*topic)->partitions;
  TopicShape shape{.topic = std::string(name),
                   .partitions = static_cast<std::int32_t>(partitions.size()),
                   .replication_factor = static_cast<std::int16_t>(partitions.empty() ? 0 : partitions[0].replicas.size()),
                   .configs = {}};
  auto configs = client::describe_configs(cluster, {.kind = client::ResourceKind::topic, .name = shape.topic});
  if (!configs) return fail_with(std::move(configs));
  for (const auto& config : *configs) {
    if (config.source == "topic" && config.value) shape.configs.emplace_back(config.name, *config.value);
  }
  return shape;
}

Json shape_json(const TopicShape& shape) {
  Json configs = Json::object();
  for (const auto& [key, value] : shape.configs) configs[key] = value;
  return {{"topic", shape.topic},
          {"partitions", shape.partitions},
          {"replication_factor", shape.replication_factor},
          {"configs", std::move(configs)}};
}

Result<std::vector<TopicShape>> parse_shapes(std::string_view text) {
  auto parsed = parse_json(text);
  if (!parsed) return fail_with(std::move(parsed));
  const Json& json = parsed->value;
  std::vector<TopicShape> shapes;
  if (!json.is_array()) {
    auto shape = parse_shape(json);
    if (!shape) return fail_with(std::move(shape));
    shapes.push_back(*std::move(shape));
    return shapes;
  }
  for (std::size_t i = 0; i < json.size(); ++i) {
    auto shape = parse_shape(json[i]);
    if (!shape) return fail(Errc::malformed, fmt::format("entry {}: {}", i + 1, shape.error().text));
    shapes.push_back(*std::move(shape));
  }
  return shapes;
}

}  // namespace streamline::cli
