// The range assignor, and the choice between both.
#include <algorithm>

#include "groups/consumer/assignor.h"

namespace streamline::groups::consumer {

bool is_assignor(std::string_view name) { return std::find(kAssignors.begin(), kAssignors.end(), name) != kAssignors.end(); }

Targets assign_range(const std::vector<AssignedTopic>& topics, const std::vector<Candidate>& candidates) {
  std::vector<std::size_t> order(candidates.size());
  for (std::size_t m = 0; m < order.size(); ++m) order[m] = m;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const Candidate& x = candidates[a];
    const Candidate& y = candidates[b];
    if (x.instance_id.empty() != y.instance_id.empty()) return y.instance_id.empty();
    return x.instance_id != y.instance_id ? x.instance_id < y.instance_id : x.member_id < y.member_id;
  });
  std::vector<std::vector<std::size_t>> subscribers(topics.size());
  for (const std::size_t m : order) {
    for (const std::size_t topic : candidates[m].topics) subscribers[topic].push_back(m);
  }
  Targets targets(candidates.size());
  for (std::size_t t = 0; t < topics.size(); ++t) {
    const auto members = static_cast<std::int32_t>(subscribers[t].size());
    std::int32_t next = 0;
    for (std::int32_t i = 0; i < members; ++i) {
      const std::int32_t share = topics[t].partitions / members + (i < topics[t].partitions % members ? 1 : 0);
      for (std::int32_t taken = 0; taken < share; ++taken) {
        targets[subscribers[t][static_cast<std::size_t>(i)]][topics[t].id].push_back(next++);
      }
    }
  }
  return targets;
}

Targets assign(std::string_view assignor, const std::vector<AssignedTopic>& topics, const std::vector<Candidate>& candidates) {
  return assignor == "range" ? assign_range(topics, candidates) : assign_uniform(topics, candidates);
}

}  // namespace streamline::groups::consumer
