// What groups ask about topics. The runtime answers from the catalog.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace streamline::groups {

struct TopicFacts {
  std::string name{};
  TopicId id{};
  std::int32_t partitions = 0;
};

/// Belongs to the shard's thread: its answers change between operations, never within one.
class TopicLookup {
 public:
  virtual ~TopicLookup() = default;
  virtual std::optional<TopicFacts> by_name(std::string_view name) const = 0;
  virtual std::optional<TopicFacts> by_id(const TopicId& id) const = 0;
  /// Every topic, in any order.
  virtual void for_each(const std::function<void(const TopicFacts&)>& visit) const = 0;
  /// False when there may be topics that this does not know, because their files could not be read: what they are not in proves nothing.
  virtual bool is_complete() const { return true; }
  /// Grows with every topic that comes, goes or gets partitions: equal versions mean equal answers.
  virtual std::uint64_t version() const = 0;
};

}  // namespace streamline::groups
