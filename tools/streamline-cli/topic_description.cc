// Gathering and showing.
#include "topic_description.h"

#include <fmt/format.h>

#include <algorithm>

#include "table.h"

namespace streamline::cli {

Result<TopicDescription> describe_topic(client::Cluster& cluster, std::string_view name) {
  cluster.forget(name);
  auto topic = cluster.topic(name);
  if (!topic) return fail_with(std::move(topic));
  TopicDescription description{.topic = **topic, .offsets = {}, .configs = {}};
  for (const auto& partition : description.topic.partitions) {
    auto range = client::offset_range(cluster, {.topic = std::string(name), .partition = partition.index});
    if (!range) return fail_with(std::move(range));
    description.offsets.push_back(*range);
  }
  auto configs = client::topic_configs(cluster, name);
  if (!configs) return fail_with(std::move(configs));
  description.configs = *std::move(configs);
  return description;
}

std::string to_text(const TopicDescription& description) {
  const auto& topic = description.topic;
  const std::size_t replicas = topic.partitions.empty() ? 0 : topic.partitions[0].replicas.size();
  std::string text = fmt::format("TOPIC       {}\nID          {}\nPARTITIONS  {}\nREPLICAS    {}\n\n", topic.name, topic.id.to_string(),
                                 topic.partitions.size(), replicas);
  Table partitions({"PARTITION", "LEADER", "EPOCH", "REPLICAS", "IN-SYNC", "LOG-START-OFFSET", "HIGH-WATERMARK"});
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const auto& partition = topic.partitions[i];
    partitions.add({std::to_string(partition.index), std::to_string(partition.leader.value), std::to_string(partition.leader_epoch),
                    fmt::format("{}", fmt::join(partition.replicas, ",")), fmt::format("{}", fmt::join(partition.in_sync, ",")),
                    std::to_string(description.offsets[i].begin.value), std::to_string(description.offsets[i].end.value)});
  }
  text += partitions.text();
  Table configs({"CONFIG", "VALUE", "SOURCE"});
  std::size_t shown = 0;
  for (const auto& config : description.configs) {
    if (config.source != "topic") continue;
    configs.add({config.name, config.value.value_or(""), config.source});
    ++shown;
  }
  if (shown > 0) text += "\n" + configs.text();
  return text;
}

nlohmann::ordered_json to_json(const TopicDescription& description) {
  using Json = nlohmann::ordered_json;
  const auto& topic = description.topic;
  Json partitions = Json::array();
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const auto& partition = topic.partitions[i];
    partitions.push_back({{"partition", partition.index},
                          {"leader", partition.leader.value},
                          {"leader_epoch", partition.leader_epoch},
                          {"replicas", partition.replicas},
                          {"in_sync", partition.in_sync},
                          {"log_start_offset", description.offsets[i].begin.value},
                          {"high_watermark", description.offsets[i].end.value}});
  }
  Json configs = Json::array();
  for (const auto& config : description.configs) {
    configs.push_back({{"name", config.name}, {"value", config.value ? Json(*config.value) : Json(nullptr)}, {"source", config.source}});
  }
  return {{"topic", topic.name},
          {"id", topic.id.to_string()},
          {"internal", topic.internal},
          {"partitions", std::move(partitions)},
          {"configs", std::move(configs)}};
}

}  // namespace streamline::cli
