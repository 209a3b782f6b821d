// The uniform assignor: everybody keeps what it has, free partitions go to who has least, then partitions move from who has most.
#include <algorithm>
#include <cstddef>

#include "groups/consumer/assignor.h"

namespace streamline::groups::consumer {

namespace {

constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

class Uniform {
 public:
  Uniform(const std::vector<AssignedTopic>& topics, const std::vector<Candidate>& candidates)
      : topics_(topics), candidates_(candidates), subscribers_(topics.size()), owners_(topics.size()), loads_(candidates.size()) {
    for (std::size_t t = 0; t < topics.size(); ++t) owners_[t].assign(static_cast<std::size_t>(topics[t].partitions), kNobody);
    for (std::size_t m = 0; m < candidates.size(); ++m) {
      for (const std::size_t topic : candidates[m].topics) subscribers_[topic].push_back(m);
    }
  }

  Targets assign() {
    keep_present();
    // Topics with few subscribers have the least choice.
    std::vector<std::size_t> order(topics_.size());
    for (std::size_t t = 0; t < order.size(); ++t) order[t] = t;
    std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
      return subscribers_[a].size() != subscribers_[b].size() ? subscribers_[a].size() < subscribers_[b].size() : a < b;
    });
    for (const std::size_t topic : order) give_free(topic);
    // Each move makes the sum of squared loads smaller, so this ends.
    bool moved = true;
    while (moved) {
      moved = false;
      for (const std::size_t topic : order) moved |= balance(topic);
    }
    return targets();
  }

 private:
  void keep_present() {
    for (std::size_t m = 0; m < candidates_.size(); ++m) {
      if (candidates_[m].present == nullptr) continue;
      for (const std::size_t topic : candidates_[m].topics) {
        const auto held = candidates_[m].present->find(topics_[topic].id);
        if (held == candidates_[m].present->end()) continue;
        for (const std::int32_t partition : held->second) {
          if (partition < 0 || partition >= topics_[topic].partitions) continue;
          std::size_t& owner = owners_[topic][static_cast<std::size_t>(partition)];
          if (owner == kNobody) give(owner, m);
        }
      }
    }
  }
  void give(std::size_t& owner, std::size_t member) {
    if (owner != kNobody) --loads_[owner];
    owner = member;
    ++loads_[member];
  }
  std::size_t least_loaded(std::size_t topic) const {
    const auto& members = subscribers_[topic];
    return *std::min_element(members.begin(), members.end(), [this](std::size_t a, std::size_t b) { return loads_[a] < loads_[b]; });
  }
  void give_free(std::size_t topic) {
    if (subscribers_[topic].empty()) return;
    for (std::size_t& owner : owners_[topic]) {
      if (owner == kNobody) give(owner, least_loaded(topic));
    }
  }
  /// Takes from who has most, and from the end, so that members keep their first partitions.
  bool balance(std::size_t topic) {
    const auto& members = subscribers_[topic];
    if (members.size() < 2) return false;
    std::vector<std::vector<std::size_t>> held(candidates_.size());
    for (std::size_t p = 0; p < owners_[topic].size(); ++p) held[owners_[topic][p]].push_back(p);
    const auto has_less = [&](std::size_t a, std::size_t b) {
      return (held[a].empty() ? 0 : loads_[a]) < (held[b].empty() ? 0 : loads_[b]);
    };
    bool moved = false;
    while (true) {
      const std::size_t most = *std::max_element(members.begin(), members.end(), has_less);
      const std::size_t least = least_loaded(topic);
      if (held[most].empty() || loads_[most] < loads_[least] + 2) return moved;
      const std::size_t partition = held[most].back();
      held[most].pop_back();
      held[least].push_back(partition);
      give(owners_[topic][partition], least);
      moved = true;
    }
  }
  Targets targets() const {
    Targets targets(candidates_.size());
    for (std::size_t t = 0; t < topics_.size(); ++t) {
      for (std::size_t p = 0; p < owners_[t].size(); ++p) {
        if (owners_[t][p] != kNobody) targets[owners_[t][p]][topics_[t].id].push_back(static_cast<std::int32_t>(p));
      }
    }
    return targets;
  }

  const std::vector<AssignedTopic>& topics_;
  const std::vector<Candidate>& candidates_;
  std::vector<std::vector<std::size_t>> subscribers_;
  std::vector<std::vector<std::size_t>> owners_;
  std::vector<std::size_t> loads_;
};

}  // namespace

Targets assign_uniform(const std::vector<AssignedTopic>& topics, const std::vector<Candidate>& candidates) {
  return Uniform(topics, candidates).assign();
}

}  // namespace streamline::groups::consumer
