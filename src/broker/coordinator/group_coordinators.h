// GroupCoordinators: the coordinator of every group of this broker: the topic `__consumer_offsets`, who is in which of its
// partitions, and the work on them that no request waits for. Any thread, where nothing else is said.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "broker/coordinator/group_partition.h"
#include "catalog/catalog.h"
#include "catalog/topic.h"
#include "groups/options.h"

namespace streamline::broker {

class Broker;

inline constexpr std::string_view kGroupsTopic = "__consumer_offsets";

/// Java's String.hashCode of a text in UTF-8: which partition a group is in must be the same as on a Kafka that wrote the log.
std::int32_t java_string_hash(std::string_view utf8);

class GroupCoordinators {
 public:
  explicit GroupCoordinators(Broker& broker);
  GroupCoordinators(const GroupCoordinators&) = delete;
  GroupCoordinators& operator=(const GroupCoordinators&) = delete;

  /// Null until the topic was made. Lives as long as this.
  GroupPartition* partition_of(std::string_view group);
  /// Empty until the topic was made.
  std::span<const std::unique_ptr<GroupPartition>> partitions();
  /// Makes the topic when it is missing; may block. Errors: Catalog::create's.
  Status make_topic();
  /// A client wants that topic made: what it leaves open of the groups' one becomes what make_topic() takes, so that no retention by
  /// time ever takes offsets away. Others are left alone.
  void complete(catalog::NewTopic& wanted) const;

  /// Has every partition loaded that is not, on the pool, `first` before the others.
  void start_loads(GroupPartition& first);
  /// Loads one now, unless somebody does it already; may block.
  void load(GroupPartition& partition);

  /// What is set on the group has changed: it holds from its next heartbeat on.
  void configs_changed(std::string_view group);
  /// What holds for a group that has configs of its own; none: it has not.
  std::optional<groups::ConsumerTimes> own_times(std::string_view group) const;

  /// Within a change of the catalog: the topic is in no snapshot any more.
  void topic_deleted(const catalog::Topic& topic);
  /// The broker drains: nobody waits for a group from now on. Once, by any reactor.
  void stop();

 private:
  using Table = std::vector<std::unique_ptr<GroupPartition>>;
  class RandomIds final : public groups::IdSource {
   public:
    Uuid next() override { return Uuid::random(); }
  };

  const Table* table();
  void submit_load(GroupPartition& partition);
  void finish_turn(GroupPartition& partition);
  void settle(GroupPartition& partition, GroupTurn& turn);
  void schedule_sweep();
  void sweep();
  void sweep(GroupPartition& partition);
  groups::Now now() const;

  Broker& broker_;
  RandomIds ids_;
  std::mutex table_mutex_;  // held while table_ is made
  Table owned_;
  std::atomic<const Table*> table_{nullptr};
  std::atomic<bool> stopped_{false};
};

}  // namespace streamline::broker
