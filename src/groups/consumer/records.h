// The records of a group of the new protocol, written and replayed as Kafka has them: kinds 3 to 8 and 16.
#pragma once

#include <cstdint>
#include <string_view>

#include "groups/consumer/consumer_group.h"
#include "groups/step.h"
#include "wire/messages/consumer_group_current_member_assignment_key.h"
#include "wire/messages/consumer_group_current_member_assignment_value.h"
#include "wire/messages/consumer_group_member_metadata_key.h"
#include "wire/messages/consumer_group_member_metadata_value.h"
#include "wire/messages/consumer_group_metadata_key.h"
#include "wire/messages/consumer_group_metadata_value.h"
#include "wire/messages/consumer_group_partition_metadata_key.h"
#include "wire/messages/consumer_group_partition_metadata_value.h"
#include "wire/messages/consumer_group_regular_expression_key.h"
#include "wire/messages/consumer_group_regular_expression_value.h"
#include "wire/messages/consumer_group_target_assignment_member_key.h"
#include "wire/messages/consumer_group_target_assignment_member_value.h"
#include "wire/messages/consumer_group_target_assignment_metadata_key.h"
#include "wire/messages/consumer_group_target_assignment_metadata_value.h"

namespace streamline::groups {

// Replay. A record of a group that nobody knows makes it; one of a classic group without members takes its place. In a compacted log
// the records of a member come in any order.

void apply(ShardState& state, const wire::ConsumerGroupMetadataKey& key, const wire::ConsumerGroupMetadataValue* value);
/// Written by Kafka before 4.1: what it tells is looked up now. It changes nothing.
void apply(ShardState& state, const wire::ConsumerGroupPartitionMetadataKey& key, const wire::ConsumerGroupPartitionMetadataValue* value);
void apply(ShardState& state, const wire::ConsumerGroupMemberMetadataKey& key, const wire::ConsumerGroupMemberMetadataValue* value);
void apply(ShardState& state, const wire::ConsumerGroupTargetAssignmentMetadataKey& key,
           const wire::ConsumerGroupTargetAssignmentMetadataValue* value);
void apply(ShardState& state, const wire::ConsumerGroupTargetAssignmentMemberKey& key,
           const wire::ConsumerGroupTargetAssignmentMemberValue* value);
void apply(ShardState& state, const wire::ConsumerGroupCurrentMemberAssignmentKey& key,
           const wire::ConsumerGroupCurrentMemberAssignmentValue* value);
void apply(ShardState& state, const wire::ConsumerGroupRegularExpressionKey& key, const wire::ConsumerGroupRegularExpressionValue* value);

template <>
struct ValueOf<wire::ConsumerGroupMetadataKey> {
  using Type = wire::ConsumerGroupMetadataValue;
};
template <>
struct ValueOf<wire::ConsumerGroupPartitionMetadataKey> {
  using Type = wire::ConsumerGroupPartitionMetadataValue;
};
template <>
struct ValueOf<wire::ConsumerGroupMemberMetadataKey> {
  using Type = wire::ConsumerGroupMemberMetadataValue;
};
template <>
struct ValueOf<wire::ConsumerGroupTargetAssignmentMetadataKey> {
  using Type = wire::ConsumerGroupTargetAssignmentMetadataValue;
};
template <>
struct ValueOf<wire::ConsumerGroupTargetAssignmentMemberKey> {
  using Type = wire::ConsumerGroupTargetAssignmentMemberValue;
};
template <>
struct ValueOf<wire::ConsumerGroupCurrentMemberAssignmentKey> {
  using Type = wire::ConsumerGroupCurrentMemberAssignmentValue;
};
template <>
struct ValueOf<wire::ConsumerGroupRegularExpressionKey> {
  using Type = wire::ConsumerGroupRegularExpressionValue;
};

namespace consumer {

/// Writes and replays. `member` and the rest may not be part of the group that the record changes: it is copied from first.
void put_metadata(Step& step, std::string_view group, std::string_view member_id, const MemberMetadata& metadata);
void put_assignment(Step& step, std::string_view group, std::string_view member_id, const MemberAssignment& assignment);
void put_target(Step& step, std::string_view group, std::string_view member_id, const TopicPartitions& target);
void put_epoch(Step& step, std::string_view group, std::int32_t epoch, std::int64_t metadata_hash);
void put_assignment_epoch(Step& step, std::string_view group, std::int32_t epoch);
void put_regex(Step& step, std::string_view group, std::string_view regex, const ResolvedRegex& resolved);
/// The tombstones of one member.
void erase_member(Step& step, std::string_view group, std::string_view member_id);
void erase_regex(Step& step, std::string_view group, std::string_view regex);

/// Whether the metadata fits into Options::max_record_bytes.
bool fits(const Step& step, std::string_view group, std::string_view member_id, const MemberMetadata& metadata);
/// Whether a record that assigns this many partitions of this many topics does.
bool fits(const Step& step, std::size_t topics, std::size_t partitions);

}  // namespace consumer
}  // namespace streamline::groups
