// Housekeeper: looks at every partition from time to time and does on the pool what is due: old records go, idle segments roll, producers
// that were silent for long are forgotten, files of segments that left their log are removed.
// Work on a log that has a rhythm of its own (compaction) has its own scheduler beside this one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "async/clock.h"
#include "broker/partition.h"
#include "broker/pool.h"
#include "catalog/catalog.h"
#include "config/topic_config.h"
#include "storage/log_store.h"

namespace streamline::broker {

/// Time between two looks at a topic: `wanted` (log.retention.check.interval.ms) where set, else a tenth of the shortest time that the
/// topic's options speak of, between 100 ms and one minute.
std::chrono::milliseconds check_interval(const config::TopicOptions& options, std::optional<std::int64_t> wanted);

/// Any thread. The pool is stopped before this is destroyed.
class Housekeeper {
 public:
  struct Surroundings {
    Pool& pool;
    const Clock& clock;
    const catalog::Catalog& catalog;
    storage::LogStore& store;
    std::optional<std::int64_t> check_interval_ms;
    /// Told on a pool thread that a partition's log start moved.
    std::function<void(Partition&)> on_start_moved;
  };
  explicit Housekeeper(Surroundings surroundings) : parts_(std::move(surroundings)) {}

  /// Every topic of now is looked at after its interval.
  void start();
  /// It is looked at after its interval.
  void topic_made(const TopicId& topic, const config::TopicOptions& options);
  /// Its options changed: it is looked at soon.
  void topic_changed(const TopicId& topic);

 private:
  /// A partition whose log has to start elsewhere.
  struct Mover {
    std::shared_ptr<Partition> partition;
    storage::StartMove move;
  };
  void plan(const TopicId& topic, std::int64_t delay_ms);
  void wake_in(std::int64_t delay_ms);
  void on_wake(std::uint64_t number);
  /// Milliseconds until the next topic is due.
  std::int64_t look_at_due_topics();
  void look_at(const catalog::Topic& topic, std::vector<Mover>& movers) const;
  void look_at(const std::shared_ptr<Partition>& partition, std::vector<Mover>& movers) const;
  void move_starts(const std::vector<Mover>& movers) const;

  const Surroundings parts_;

  std::mutex looking_mutex_;                // one round at a time; taken before state_mutex_
  std::mutex state_mutex_;                  // all below
  std::map<TopicId, std::int64_t> due_ms_;  // monotonic
  std::uint64_t wake_number_ = 0;           // of the wake-up that counts; those before it are ignored
  std::int64_t wake_due_ms_ = INT64_MAX;
};

}  // namespace streamline::broker
