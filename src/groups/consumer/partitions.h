// Partitions of several topics, as targets, as what members hold, and as messages carry them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/arena.h"
#include "base/ids.h"

namespace streamline::groups {

/// Ascending, each once; no topic without partitions.
using TopicPartitions = std::map<TopicId, std::vector<std::int32_t>>;

/// A partition and the member epoch with which its holder got it: commits with that epoch or a later one are the holder's (KIP-1251).
struct HeldPartition {
  std::int32_t partition = 0;
  std::int32_t since_epoch = 0;
  friend bool operator==(const HeldPartition&, const HeldPartition&) = default;
};
/// Ascending, each once; no topic without partitions.
using HeldPartitions = std::map<TopicId, std::vector<HeldPartition>>;

/// Null when it is not among them.
const HeldPartition* find_held(const HeldPartitions& held, const TopicId& topic, std::int32_t partition);
bool contains(const TopicPartitions& partitions, const TopicId& topic, std::int32_t partition);
TopicPartitions without_epochs(const HeldPartitions& held);
/// All of them since `epoch`.
HeldPartitions held_since(const TopicPartitions& partitions, std::int32_t epoch);
void add_held(HeldPartitions& held, const TopicId& topic, HeldPartition partition);
std::size_t count(const TopicPartitions& partitions);

/// From an array of a message's {topic_id, partitions}, in any order.
template <class Listed>
TopicPartitions partitions_of(const Listed& listed) {
  TopicPartitions partitions;
  for (const auto& topic : listed) {
    auto& of_topic = partitions[topic.topic_id];
    of_topic.insert(of_topic.end(), topic.partitions.begin(), topic.partitions.end());
  }
  std::erase_if(partitions, [](const auto& topic) { return topic.second.empty(); });
  for (auto& [id, of_topic] : partitions) {
    std::sort(of_topic.begin(), of_topic.end());
    of_topic.erase(std::unique(of_topic.begin(), of_topic.end()), of_topic.end());
  }
  return partitions;
}

/// To such an array; its memory is the arena's.
template <class Listed>
std::span<Listed> listed_in(const TopicPartitions& partitions, Arena& arena) {
  const std::span<Listed> topics = arena.make_array<Listed>(partitions.size());
  std::size_t at = 0;
  for (const auto& [id, of_topic] : partitions) {
    Listed& topic = topics[at++];
    topic.topic_id = id;
    topic.partitions = arena.make_array<std::int32_t>(of_topic.size());
    std::copy(of_topic.begin(), of_topic.end(), topic.partitions.begin());
  }
  return topics;
}

}  // namespace streamline::groups
