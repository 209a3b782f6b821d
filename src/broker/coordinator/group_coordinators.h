// GroupCoordinators: the coordinator of every group of this broker. Any thread, where nothing else is said.
#pragma once

#include <memory>
#include <optional>
#include <ranges>
#include <string_view>

#include "broker/coordinator/coordinators.h"
#include "broker/coordinator/group_partition.h"
#include "catalog/topic.h"
#include "groups/options.h"

namespace streamline::broker {

inline constexpr std::string_view kGroupsTopic = "__consumer_offsets";

class GroupCoordinators final : public Coordinators {
 public:
  explicit GroupCoordinators(Broker& broker);

  /// Null until the topic was made. Lives as long as this.
  GroupPartition* partition_of(std::string_view group) { return static_cast<GroupPartition*>(find(group)); }
  /// The one whose log that is; null for any other partition.
  GroupPartition* partition_over(const Partition& partition);
  /// Empty until the topic was made.
  auto partitions() {
    return all() | std::views::transform([](const auto& partition) -> GroupPartition& { return static_cast<GroupPartition&>(*partition); });
  }

  /// What is set on the group has changed: it holds from its next heartbeat on.
  void configs_changed(std::string_view group);
  /// What holds for a group that has configs of its own; none: it has not.
  std::optional<groups::ConsumerTimes> own_times(std::string_view group) const;

  /// Within a change of the catalog: the topic is in no snapshot any more.
  void topic_deleted(const catalog::Topic& topic);

 private:
  class RandomIds final : public groups::IdSource {
   public:
    Uuid next() override { return Uuid::random(); }
  };
  std::unique_ptr<CoordinatorPartition> make_partition(const CoordinatorPartition::Parts& parts) override;
  Sweep sweep_some(CoordinatorPartition& partition) override;

  RandomIds ids_;
};

}  // namespace streamline::broker
