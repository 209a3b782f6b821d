// A topic as every thread sees it: immutable, replaced as a whole when it changes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/ids.h"
#include "config/topic_config.h"

namespace streamline::catalog {

/// What an upper room hangs on a topic (its partitions), so that one look-up finds both. The catalog only keeps it alive.
class TopicAttachment {
 public:
  virtual ~TopicAttachment() = default;
};

struct Topic {
  std::string name;
  TopicId id;
  std::int32_t partition_count = 0;
  config::TopicConfigMap configs;  ///< what was set on the topic itself
  bool internal = false;           ///< __consumer_offsets and the like
  std::int64_t created_ms = 0;     ///< wall clock
  /// Made by TopicObserver::attach; the same object over config changes unless the observer makes another.
  std::shared_ptr<TopicAttachment> attachment;
};
/// Shared because a request may still hold the topic of an older snapshot after it was changed or deleted.
using TopicPtr = std::shared_ptr<const Topic>;

}  // namespace streamline::catalog
