// The uniform assignor: everybody keeps what it has, free partitions go to who has least, then partitions move from
// who has most, if need be by way of others.
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
    while (shift_along_chain()) {}
    return targets();
  }

 private:
  struct Held {
    std::size_t topic = 0;
    std::size_t partition = 0;
  };
  /// Who would get what, and from whom.
  struct Link {
    std::size_t from = kNobody;
    Held what{};
  };
  struct Search {
    std::vector<std::vector<Held>> held{};  // by member: a partition of each topic that it has one of
    std::vector<bool> seen{};               // members
    std::vector<bool> offered{};            // topics
  };

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
  /// Where members subscribe to different topics, who has most may reach who has least only by way of others. Moves a partition along
  /// each link of the shortest such chain; false when there is none.
  bool shift_along_chain() {
    Search search{.held = std::vector<std::vector<Held>>(candidates_.size()),
                  .seen = std::vector<bool>(candidates_.size()),
                  .offered = std::vector<bool>(topics_.size())};
    for (std::size_t t = 0; t < owners_.size(); ++t) {
      for (std::size_t p = 0; p < owners_[t].size(); ++p) {
        if (owners_[t][p] == kNobody) continue;
        auto& held = search.held[owners_[t][p]];
        // The last one of each topic.
        if (held.empty() || held.back().topic != t) held.emplace_back();
        held.back() = {.topic = t, .partition = p};
      }
    }
    std::vector<std::size_t> members(candidates_.size());
    for (std::size_t m = 0; m < members.size(); ++m) members[m] = m;
    std::sort(members.begin(), members.end(),
              [this](std::size_t a, std::size_t b) { return loads_[a] != loads_[b] ? loads_[a] > loads_[b] : a < b; });
    for (const std::size_t member : members) {
      if (loads_[member] < loads_[members.back()] + 2) return false;
      // Whoever was reached from a member with more has nobody below to reach either.
      if (!search.seen[member] && shift_from(member, search)) return true;
    }
    return false;
  }
  bool shift_from(std::size_t start, Search& search) {
    std::vector<Link> links(candidates_.size());
    std::vector<std::size_t> reached = {start};
    search.seen[start] = true;
    for (std::size_t i = 0; i < reached.size(); ++i) {
      for (const Held& held : search.held[reached[i]]) {
        if (search.offered[held.topic]) continue;
        search.offered[held.topic] = true;
        for (const std::size_t next : subscribers_[held.topic]) {
          if (search.seen[next]) continue;
          search.seen[next] = true;
          links[next] = {.from = reached[i], .what = held};
          if (loads_[next] + 2 <= loads_[start]) return move_along(links, start, next);
          reached.push_back(next);
        }
      }
    }
    return false;
  }
  bool move_along(const std::vector<Link>& links, std::size_t start, std::size_t end) {
    for (std::size_t member = end; member != start; member = links[member].from) {
      const Held& what = links[member].what;
      give(owners_[what.topic][what.partition], member);
    }
    return true;
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
