// Look-ups and conversions; lists are short and sorted.
#include "groups/consumer/partitions.h"

namespace streamline::groups {

namespace {
auto place_of(auto& held, std::int32_t partition) {
  return std::lower_bound(held.begin(), held.end(), partition,
                          [](const HeldPartition& each, std::int32_t wanted) { return each.partition < wanted; });
}
}  // namespace

const HeldPartition* find_held(const HeldPartitions& held, const TopicId& topic, std::int32_t partition) {
  const auto of_topic = held.find(topic);
  if (of_topic == held.end()) return nullptr;
  const auto place = place_of(of_topic->second, partition);
  return place != of_topic->second.end() && place->partition == partition ? &*place : nullptr;
}

bool contains(const TopicPartitions& partitions, const TopicId& topic, std::int32_t partition) {
  const auto of_topic = partitions.find(topic);
  return of_topic != partitions.end() && std::binary_search(of_topic->second.begin(), of_topic->second.end(), partition);
}

TopicPartitions without_epochs(const HeldPartitions& held) {
  TopicPartitions partitions;
  for (const auto& [id, of_topic] : held) {
    auto& plain = partitions[id];
    plain.reserve(of_topic.size());
    for (const HeldPartition& each : of_topic) plain.push_back(each.partition);
  }
  return partitions;
}

HeldPartitions held_since(const TopicPartitions& partitions, std::int32_t epoch) {
  HeldPartitions held;
  for (const auto& [id, of_topic] : partitions) {
    auto& with_epochs = held[id];
    with_epochs.reserve(of_topic.size());
    for (const std::int32_t partition : of_topic) with_epochs.push_back({partition, epoch});
  }
  return held;
}

void add_held(HeldPartitions& held, const TopicId& topic, HeldPartition partition) {
  auto& of_topic = held[topic];
  const auto place = place_of(of_topic, partition.partition);
  if (place != of_topic.end() && place->partition == partition.partition) return;
  of_topic.insert(place, partition);
}

std::size_t count(const TopicPartitions& partitions) {
  std::size_t total = 0;
  for (const auto& [id, of_topic] : partitions) total += of_topic.size();
  return total;
}

}  // namespace streamline::groups
