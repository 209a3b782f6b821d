// OffsetTable: the committed offsets of all groups of one shard, whatever their protocol. Pure memory; replay fills it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids.h"

namespace streamline::groups {

struct CommittedOffset {
  std::int64_t offset = -1;
  std::int64_t commit_ms = 0;
  /// -1: by the group's retention.
  std::int64_t expire_ms = -1;
  TopicId topic_id{};
  std::int32_t leader_epoch = -1;
  std::string metadata{};
};

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <class Value>
using ByText = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

/// Offsets of one topic, ordered by partition.
using TopicOffsets = std::vector<std::pair<std::int32_t, CommittedOffset>>;
using GroupOffsets = ByText<TopicOffsets>;

class OffsetTable {
 public:
  void set(std::string_view group, std::string_view topic, std::int32_t partition, CommittedOffset offset);
  void remove(std::string_view group, std::string_view topic, std::int32_t partition);

  const CommittedOffset* find(std::string_view group, std::string_view topic, std::int32_t partition) const;
  /// Null when the group has none. Valid until the next change.
  const GroupOffsets* of_group(std::string_view group) const;
  const ByText<GroupOffsets>& groups() const { return groups_; }
  /// Committed offsets of all groups.
  std::size_t size() const { return size_; }

 private:
  ByText<GroupOffsets> groups_;
  std::size_t size_ = 0;
};

}  // namespace streamline::groups
