// The new protocol's answers, records and groups as script lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "groups/consumer/consumer_group.h"
#include "scenario/world.h"
#include "wire/messages/consumer_group_describe.h"
#include "wire/messages/consumer_group_heartbeat.h"

namespace streamline::scenario {

/// "t/0,1;u/2" to partitions by id; topics that are not there are left out.
groups::TopicPartitions parse_partitions(const groups::TopicLookup& topics, std::string_view text);
/// And back; "-" when there are none.
std::string partitions_text(const groups::TopicLookup& topics, const groups::TopicPartitions& partitions);
/// A consumer's assignment, when the bytes are one: "t/0,1".
std::optional<std::string> assignment_text(ByteView bytes);

/// "a epoch=2 has t/0,1", or only the epoch when nothing is said of the assignment.
std::string line_for(World& world, const std::string& client, const wire::ConsumerGroupHeartbeatResponse& response);
/// None when the record is of another protocol.
std::optional<std::string> consumer_record_line(const World& world, const LoggedRecord& record);
/// "g Stable epoch=3/3 a@3 t/0,1; b@3 t/2".
std::string consumer_state_line(const World& world, const groups::ConsumerGroup& group);
/// Everything of it that is in the log.
std::string durable_text(const groups::ConsumerGroup& group);
/// A group's description, line by line.
std::vector<std::string> consumer_description(const World& world, std::string_view group);

}  // namespace streamline::scenario
