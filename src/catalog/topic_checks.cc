// Checks of names, counts and assignments.
#include "catalog/topic_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace streamline::catalog {

namespace {

constexpr std::size_t kMaxNameLength = 249;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

Status check_brokers(const std::vector<std::int32_t>& broker_ids, std::int32_t node_id) {
  const auto refuse = [](std::string text) { return fail(Errc::invalid_replica_assignment, std::move(text)); };
  if (broker_ids.empty()) return refuse("The manual partition assignment includes an empty replica list.");
  for (const std::int32_t id : broker_ids) {
    if (id != node_id)
      return refuse(fmt::format("The manual partition assignment includes broker {}, but no such broker is registered.", id));
  }
  if (broker_ids.size() > 1) return refuse(fmt::format("The manual partition assignment includes the broker {} more than once.", node_id));
  return {};
}

Result<std::int32_t> count_assignments(const NewTopic& wanted, std::int32_t node_id) {
  if (wanted.replication_factor != kUseDefault) {
    return fail(Errc::invalid_argument, "A manual partition assignment was specified, but replication factor was not set to -1.");
  }
  if (wanted.partition_count != kUseDefault) {
    return fail(Errc::invalid_argument, "A manual partition assignment was specified, but numPartitions was not set to -1.");
  }
  std::vector<std::int32_t> partitions;
  for (const Assignment& assignment : wanted.assignments) {
    if (Status checked = check_brokers(assignment.broker_ids, node_id); !checked) return fail_with(std::move(checked));
    partitions.push_back(assignment.partition);
  }
  std::ranges::sort(partitions);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (partitions[i] != static_cast<std::int32_t>(i)) {
      return fail(Errc::invalid_replica_assignment, "partitions should be a consecutive 0-based integer sequence");
    }
  }
  return static_cast<std::int32_t>(partitions.size());
}

Status check_replication(std::int32_t factor) {
  if (factor == 1) return {};
  if (factor < 1) {
    return fail(Errc::invalid_replication_factor, "Replication factor must be larger than 0, or -1 to use the default value.");
  }
  return fail(
      Errc::invalid_replication_factor,
      fmt::format(
          "Unable to replicate the partition {} time(s): The target replication factor of {} cannot be reached because only 1 broker(s) "
          "are registered.",
          factor, factor));
}

}  // namespace

Status check_topic_name(std::string_view name) {
  const auto refuse = [](std::string_view why) { return fail(Errc::invalid_topic_name, fmt::format("Topic name is invalid: {}", why)); };
  if (name.empty()) return refuse("the empty string is not allowed");
  if (name == "." || name == "..") return refuse(fmt::format("'{}' is not allowed", name));
  if (name.size() > kMaxNameLength)
    return refuse(fmt::format("the length of '{}' is longer than the max allowed length {}", name, kMaxNameLength));
  if (!std::ranges::all_of(name, is_name_character)) {
    return refuse(fmt::format("'{}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'", name));
  }
  return {};
}

Result<std::int32_t> partition_count_of(const NewTopic& wanted, const config::Properties& properties, std::int32_t node_id) {
  if (!wanted.assignments.empty()) return count_assignments(wanted, node_id);
  const std::int32_t factor =
      wanted.replication_factor == kUseDefault ? properties.int32("default.replication.factor") : wanted.replication_factor;
  if (Status checked = check_replication(factor); !checked) return fail_with(std::move(checked));
  const std::int32_t count = wanted.partition_count == kUseDefault ? properties.int32("num.partitions") : wanted.partition_count;
  if (count <= 0) return fail(Errc::invalid_partitions, "Number of partitions was set to an invalid non-positive value.");
  if (count > kMaxPartitionsPerTopic) {
    return fail(Errc::invalid_partitions,
                fmt::format("{} partitions are more than the {} that a topic may have.", count, kMaxPartitionsPerTopic));
  }
  return count;
}

Status check_partition_growth(const PartitionGrowth& growth, std::int32_t current_count, std::int32_t node_id) {
  if (growth.total_count == current_count)
    return fail(Errc::invalid_partitions, fmt::format("Topic already has {} partition(s).", current_count));
  if (growth.total_count < current_count) {
    return fail(Errc::invalid_partitions, fmt::format("The topic {} currently has {} partition(s); {} would not be an increase.",
                                                      growth.name, current_count, growth.total_count));
  }
  if (growth.total_count > kMaxPartitionsPerTopic) {
    return fail(Errc::invalid_partitions,
                fmt::format("{} partitions are more than the {} that a topic may have.", growth.total_count, kMaxPartitionsPerTopic));
  }
  if (!growth.assignments) return {};
  const std::int32_t added = growth.total_count - current_count;
  if (growth.assignments->size() != static_cast<std::size_t>(added)) {
    return fail(Errc::invalid_replica_assignment,
                fmt::format("Attempted to add {} additional partition(s), but only {} assignment(s) were specified.", added,
                            growth.assignments->size()));
  }
  for (const std::vector<std::int32_t>& broker_ids : *growth.assignments) {
    if (Status checked = check_brokers(broker_ids, node_id); !checked) return checked;
  }
  return {};
}

}  // namespace streamline::catalog
