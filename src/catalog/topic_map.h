// An immutable snapshot of all topics. Changing one topic copies two of 256 + 256 small shards, so that ten thousand topics can be made one
// by one.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "catalog/topic.h"

namespace streamline::catalog {

/// Lets a string_view find a std::string key.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const noexcept;
};

class TopicMap {
 public:
  /// nullptr when unknown. The pointer lives as long as this snapshot.
  const Topic* find(std::string_view name) const;
  const Topic* find(const TopicId& id) const;
  /// Shares ownership: for work that outlives the snapshot. Empty when unknown.
  TopicPtr share(std::string_view name) const;
  TopicPtr share(const TopicId& id) const;
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// Calls `visit(const Topic&)` for each, in no particular order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& shard : by_id_) {
      if (shard == nullptr) continue;
      for (const auto& [id, topic] : *shard) visit(*topic);
    }
  }
  /// Every topic by name, for paged listings.
  std::vector<const Topic*> sorted() const;
  /// Another topic whose name is equal once '.' and '_' are taken for the same; nullptr when there is none (kafka-rules 19).
  const Topic* find_collision(std::string_view name) const;

  /// A snapshot of these topics, whose names and ids are all different.
  static TopicMap of(std::vector<TopicPtr> topics);
  /// A snapshot with this topic added, or put in the place of the one of the same name.
  TopicMap with(TopicPtr topic) const;
  TopicMap without(std::string_view name) const;

 private:
  static constexpr std::size_t kShards = 256;
  /// Sharded by the name with '.' taken for '_', so that topics which would collide lie in one shard.
  using NameShard = std::unordered_map<std::string, TopicPtr, NameHash, std::equal_to<>>;
  using IdShard = std::unordered_map<TopicId, TopicPtr>;

  const TopicPtr* look_up(std::string_view name) const;
  const TopicPtr* look_up(const TopicId& id) const;

  std::array<std::shared_ptr<const NameShard>, kShards> by_name_;
  std::array<std::shared_ptr<const IdShard>, kShards> by_id_;
  std::size_t size_ = 0;
};

}  // namespace streamline::catalog
