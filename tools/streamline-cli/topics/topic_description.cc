// Gathering and showing.
#include "topics/topic_description.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "output/table.h"
#include "topics/retention_text.h"

namespace streamline::cli {

Result<TopicDescription> describe_topic(client::Cluster& cluster, std::string_view name) {
  cluster.forget(name);
  auto topic = cluster.topic(name);
  if (!topic) return fail_with(std::move(topic));
  TopicDescription description{.topic = **topic, .offsets = {}, .configs = {}, .deletions = {}};
  std::vector<client::TopicPartition> partitions;
  for (const auto& partition : description.topic.partitions)
    partitions.push_back({.topic = std::string(name), .partition = partition.index});
  auto ranges = client::offset_ranges(cluster, partitions);
  if (!ranges) return fail_with(std::move(ranges));
  for (const auto& of : partitions) description.offsets.push_back(ranges->at(of));
  auto configs = client::describe_configs(cluster, {.kind = client::ResourceKind::topic, .name = std::string(name)});
  if (!configs) return fail_with(std::move(configs));
  description.configs = *std::move(configs);
  auto deletions = client::next_deletions(cluster, name);
  if (!deletions) return fail_with(std::move(deletions));
  description.deletions = *std::move(deletions);
  description.deletions.resize(description.topic.partitions.size());
  return description;
}

std::string TopicDescription::config(std::string_view name) const {
  const auto found = std::ranges::find(configs, name, &client::ConfigEntry::name);
  return found == configs.end() ? "" : found->value.value_or("");
}

namespace {

/// What holds for every partition, whoever has set it.
std::string retention_text(const TopicDescription& description) {
  const std::string policy = description.config("cleanup.policy");
  const std::string ms = description.config("retention.ms");
  const std::string bytes = description.config("retention.bytes");
  if (ms.empty() || bytes.empty()) return policy;
  if (policy.find("delete") == std::string::npos) return fmt::format("{} (retention.ms and retention.bytes do not apply)", policy);
  const bool bounded = !bytes.starts_with("-");
  return fmt::format("{}; time {}, size {}", policy, duration_text(std::strtoll(ms.c_str(), nullptr, 10)),
                     bounded ? bytes + " bytes" : "without limit");
}

Json to_json(const std::optional<wire::NextDeletion>& next) {
  if (!next) return nullptr;
  return {{"up_to", next->up_to},
          {"due_ms", next->due_ms < 0 ? Json(nullptr) : Json(next->due_ms)},
          {"bytes_left", next->bytes_left < 0 ? Json(nullptr) : Json(next->bytes_left)}};
}

}  // namespace

std::string to_text(const TopicDescription& description, std::int64_t now_ms, Paint paint) {
  const auto& topic = description.topic;
  const std::size_t replicas = topic.partitions.empty() ? 0 : topic.partitions[0].replicas.size();
  std::string text = fmt::format("TOPIC       {}\nID          {}\nPARTITIONS  {}\nREPLICAS    {}\nRETENTION   {}\n\n", topic.name,
                                 topic.id.to_string(), topic.partitions.size(), replicas, retention_text(description));
  Table partitions({"PARTITION", "LEADER", "EPOCH", "REPLICAS", "IN-SYNC", "LOG-START-OFFSET", "HIGH-WATERMARK", "NEXT-DELETION"});
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const auto& partition = topic.partitions[i];
    partitions.add({std::to_string(partition.index), std::to_string(partition.leader.value), std::to_string(partition.leader_epoch),
                    fmt::format("{}", fmt::join(partition.replicas, ",")), fmt::format("{}", fmt::join(partition.in_sync, ",")),
                    std::to_string(description.offsets[i].begin.value), std::to_string(description.offsets[i].end.value),
                    next_deletion_text(description.deletions[i], now_ms)});
  }
  text += partitions.text(paint);
  Table configs({"CONFIG", "VALUE", "SOURCE"});
  std::size_t shown = 0;
  for (const auto& config : description.configs) {
    if (config.source != "topic") continue;
    configs.add({config.name, config.value.value_or(""), config.source});
    ++shown;
  }
  if (shown > 0) text += "\n" + configs.text(paint);
  return text;
}

Json to_json(const TopicDescription& description) {
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
                          {"high_watermark", description.offsets[i].end.value},
                          {"next_deletion", to_json(description.deletions[i])}});
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
