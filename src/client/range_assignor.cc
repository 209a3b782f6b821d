// Blocks of partitions; the first members get one more where they do not divide evenly.
#include "client/range_assignor.h"

#include <algorithm>

namespace streamline::client {

std::map<std::string, std::vector<TopicPartition>> assign_ranges(const std::map<std::string, std::vector<std::string>>& subscriptions,
                                                                 const std::map<std::string, std::int32_t>& partitions) {
  std::map<std::string, std::vector<TopicPartition>> assigned;
  for (const auto& [member, topics] : subscriptions) assigned[member] = {};
  for (const auto& [topic, count] : partitions) {
    std::vector<const std::string*> members;
    for (const auto& [member, topics] : subscriptions) {
      if (std::ranges::find(topics, topic) != topics.end()) members.push_back(&member);
    }
    std::int32_t next = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto share = count / static_cast<std::int32_t>(members.size());
      const auto extra = count % static_cast<std::int32_t>(members.size());
      const std::int32_t end = next + share + (static_cast<std::int32_t>(i) < extra ? 1 : 0);
      for (; next < end; ++next) assigned[*members[i]].push_back({.topic = topic, .partition = next});
    }
  }
  return assigned;
}

}  // namespace streamline::client
