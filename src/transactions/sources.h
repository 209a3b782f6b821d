// What transactions ask of the world around them, within an operation. The runtime answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

namespace streamline::transactions {

/// Belongs to the shard's thread: its answers change between operations, never within one.
class TopicLookup {
 public:
  virtual ~TopicLookup() = default;
  /// How many partitions the topic has; none when there is no such topic.
  virtual std::optional<std::int32_t> partitions_of(std::string_view topic) const = 0;
};

/// Hands out producer ids that nobody was ever given, over restarts too.
class ProducerIds {
 public:
  virtual ~ProducerIds() = default;
  /// A failure leaves the operation undone; its client may try again.
  virtual Result<ProducerId> next() = 0;
};

}  // namespace streamline::transactions
