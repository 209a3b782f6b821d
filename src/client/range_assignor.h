// Range assignor: how the leader of a classic group divides partitions, as Kafka's RangeAssignor does: topic by topic, in blocks, in
// the order of member ids.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "client/offset_spec.h"

namespace streamline::client {

inline constexpr std::string_view kRangeAssignor = "range";

/// Topics by member, and partitions by topic; a topic without an entry is not there. Every member is in the result.
std::map<std::string, std::vector<TopicPartition>> assign_ranges(const std::map<std::string, std::vector<std::string>>& subscriptions,
                                                                 const std::map<std::string, std::int32_t>& partitions);

}  // namespace streamline::client
