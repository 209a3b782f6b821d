// A marker goes the way of every batch.
#include "broker/coordinator/marker.h"

#include <array>
#include <cstddef>
#include <vector>

#include "broker/broker.h"
#include "broker/coordinator/group_coordinators.h"
#include "storage/append.h"

namespace streamline::broker {

MarkerOutcome write_marker(Broker& broker, Partition& target, const record::EndMarker& marker, Shard* here) {
  GroupPartition* groups = broker.groups().partition_over(target);
  return groups != nullptr ? groups->end_transaction(marker, here) : append_marker(broker, target, marker, here);
}

MarkerOutcome append_marker(Broker& broker, Partition& target, const record::EndMarker& marker, Shard* here) {
  std::vector<std::byte> batch = record::encode_end_marker(marker, broker.clock().wall_ms());
  storage::AppendItem item{.batch = batch};
  const std::array items = {&item};
  const auto summary = broker.append(target, items, here);
  return {.error = item.error, .offset = item.base_offset, .generation = summary.generation};
}

}  // namespace streamline::broker
