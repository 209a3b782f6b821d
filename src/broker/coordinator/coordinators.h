// Coordinators: the coordinators of one kind (groups, or transactions) of this broker: their topic, which key is in which of its
// partitions, and the work on them that no request waits for. Any thread, where nothing else is said.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "broker/coordinator/coordinator_partition.h"
#include "catalog/catalog.h"
#include "coordinator/call.h"

namespace streamline::broker {

class Broker;

/// Java's String.hashCode of a text in UTF-8: which partition a key is in must be the same as on a Kafka that wrote the log.
std::int32_t java_string_hash(std::string_view utf8);

class Coordinators {
 public:
  struct Plan {
    /// "groups": what they coordinate.
    std::string_view subject;
    std::string_view topic;
    /// Of the topic when it is made.
    std::int32_t partitions = 0;
    std::string_view compression;
    std::int32_t segment_bytes = 0;
    std::int64_t sweep_interval_ms = 0;
  };
  Coordinators(Broker& broker, const Plan& plan) : broker_(broker), plan_(plan) {}
  virtual ~Coordinators() = default;
  Coordinators(const Coordinators&) = delete;
  Coordinators& operator=(const Coordinators&) = delete;

  /// Null until the topic was made. Lives as long as this.
  CoordinatorPartition* find(std::string_view key);
  /// Empty until the topic was made.
  std::span<const std::unique_ptr<CoordinatorPartition>> all();
  /// Makes the topic when it is missing; may block. Errors: Catalog::create's.
  Status make_topic();
  /// A client wants that topic made: what it leaves open of it becomes what make_topic() takes, so that no retention by time ever
  /// takes records away. Others are left alone.
  void complete(catalog::NewTopic& wanted) const;

  /// Has every partition loaded that is not, on the pool.
  void start_loads();
  /// As start_loads(), `first` before the others.
  void start_loads(CoordinatorPartition& first);
  /// Loads one now, unless somebody does it already; may block.
  void load(CoordinatorPartition& partition);
  /// Loads it again in a while, as soon as its log lets it.
  void reload(CoordinatorPartition& partition);
  /// The broker drains: nobody waits for a coordinator from now on. Once, by any reactor.
  void stop();
  coordinator::Now now() const;

 protected:
  virtual std::unique_ptr<CoordinatorPartition> make_partition(const CoordinatorPartition::Parts& parts) = 0;
  enum class Sweep : std::uint8_t { more, done };
  /// Forgets some of what has expired.
  virtual Sweep sweep_some(CoordinatorPartition& partition) = 0;

  void submit_load(CoordinatorPartition& partition);
  /// On a thread that is no reactor.
  void finish_turn(CoordinatorPartition& partition);
  Broker& broker() const { return broker_; }

 private:
  using Table = std::vector<std::unique_ptr<CoordinatorPartition>>;
  const Table* table();
  void schedule_sweep();
  void sweep();
  void sweep(CoordinatorPartition& partition);

  Broker& broker_;
  const Plan plan_;
  std::mutex table_mutex_;  // held while owned_ is made
  Table owned_;
  std::atomic<const Table*> table_{nullptr};
  std::atomic<bool> stopped_{false};
};

/// What one record may take in batches of so many bytes.
constexpr std::size_t max_record_bytes(std::size_t max_batch_bytes) {
  constexpr std::size_t kOverhead = kRecordOverheadBytes + kBatchOverheadBytes;
  return max_batch_bytes > kOverhead ? max_batch_bytes - kOverhead : 0;
}

}  // namespace streamline::broker
