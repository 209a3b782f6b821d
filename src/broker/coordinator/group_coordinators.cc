// What is done to the groups beside requests.
#include "broker/coordinator/group_coordinators.h"

#include "broker/broker.h"
#include "config/group_config.h"

namespace streamline::broker {

namespace {

groups::Migration migration_of(std::string_view policy) {
  if (policy == "disabled") return groups::Migration::disabled;
  if (policy == "upgrade") return groups::Migration::upgrade;
  return policy == "downgrade" ? groups::Migration::downgrade : groups::Migration::bidirectional;
}

groups::Options options_of(const config::GroupConfig& config) {
  groups::Options options;
  options.min_session_ms = config.min_session_ms;
  options.max_session_ms = config.max_session_ms;
  options.initial_rebalance_delay_ms = config.initial_rebalance_delay_ms;
  options.max_size = config.max_size;
  options.consumer.session_ms = config.consumer_session_ms;
  options.consumer.heartbeat_interval_ms = config.consumer_heartbeat_interval_ms;
  options.consumer_max_size = config.consumer_max_size;
  options.migration = migration_of(config.consumer_migration);
  options.max_offset_metadata_bytes = static_cast<std::size_t>(config.max_offset_metadata_bytes);
  options.offsets_retention_ms = config.offsets_retention_ms;
  return options;
}

Coordinators::Plan plan_of(const config::GroupConfig& config) {
  return {.subject = "groups",
          .topic = kGroupsTopic,
          .partitions = config.topic_partitions,
          .compression = "producer",
          .segment_bytes = config.topic_segment_bytes,
          .sweep_interval_ms = config.retention_check_ms};
}

}  // namespace

GroupCoordinators::GroupCoordinators(Broker& broker) : Coordinators(broker, plan_of(broker.config().groups)) {}

std::unique_ptr<CoordinatorPartition> GroupCoordinators::make_partition(const CoordinatorPartition::Parts& parts) {
  groups::Options options = options_of(broker().config().groups);
  options.max_record_bytes = max_record_bytes(parts.max_batch_bytes);
  return std::make_unique<GroupPartition>(parts, options, ids_);
}

void GroupCoordinators::topic_deleted(const catalog::Topic& topic) {
  if (topic.internal) return;
  for (GroupPartition& partition : partitions()) {
    const Access access = partition.topic_deleted(topic.name, topic.id, now());
    if (access == Access::ran) finish_turn(partition);
    if (access == Access::must_load) submit_load(partition);
  }
}

std::optional<groups::ConsumerTimes> GroupCoordinators::own_times(std::string_view group) const {
  const auto configs = broker().group_configs().snapshot();
  const auto own = configs->find(group);
  if (own == configs->end()) return std::nullopt;
  const config::GroupOptions options = config::group_options(own->second, *broker().properties());
  return groups::ConsumerTimes{.session_ms = options.consumer_session_ms, .heartbeat_interval_ms = options.consumer_heartbeat_interval_ms};
}

GroupPartition* GroupCoordinators::partition_over(const Partition& partition) {
  if (partition.id().topic != kGroupsTopic) return nullptr;
  const auto index = static_cast<std::size_t>(partition.id().index);
  const auto table = all();
  GroupPartition* found = index < table.size() ? static_cast<GroupPartition*>(table[index].get()) : nullptr;
  return found != nullptr && &found->partition() == &partition ? found : nullptr;
}

void GroupCoordinators::configs_changed(std::string_view group) {
  if (GroupPartition* partition = partition_of(group)) partition->take_times(group);
}

Coordinators::Sweep GroupCoordinators::sweep_some(CoordinatorPartition& partition) {
  auto left = groups::GroupShard::Sweep::done;
  static_cast<GroupPartition&>(partition).run(
      now(), Writes::likely,
      [&](groups::GroupShard& shard, groups::Now at, groups::Effects& effects) { left = shard.expire_offsets(at, effects); });
  return left == groups::GroupShard::Sweep::more ? Sweep::more : Sweep::done;
}

}  // namespace streamline::broker
