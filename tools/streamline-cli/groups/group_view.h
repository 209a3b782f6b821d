// What `groups describe`, `lag` and `members` show of a group, gathered from the brokers, as tables and as JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/cluster.h"
#include "client/groups.h"
#include "output/json.h"
#include "output/paint.h"

namespace streamline::cli {

/// A partition that the group has committed for, or that one of its members owns.
struct GroupPartitionView {
  client::TopicPartition of;
  std::optional<client::GroupOffset> committed;
  /// None: the topic is gone, or its leader does not answer.
  std::optional<client::OffsetRange> range;
  /// Into GroupView::group.members; -1 = nobody's.
  int owner = -1;

  /// Records between what was committed and the end; none without either.
  std::optional<std::int64_t> lag() const;
};

struct GroupView {
  client::GroupDescription group;
  /// Ascending.
  std::vector<GroupPartitionView> partitions;

  /// Over the partitions whose lag is known.
  std::int64_t total_lag() const;
};

Result<GroupView> view_group(client::Cluster& cluster, std::string_view id);

/// `describe`: what kind of group it is, why it last rebalanced where the broker tells, and a row for each partition with its owner.
std::string description_text(const GroupView& view, Paint paint);
/// Keys: group, type, state, protocol_type, protocol, coordinator, last_rebalance (reason, member_id, began, duration_ms;
/// null: not known), lag, members[] (as members_json), partitions[] (topic, partition, committed, metadata, log_start_offset,
/// log_end_offset, lag, member_id).
Json description_json(const GroupView& view);
/// `members`: a row for each member with what it owns.
std::string members_text(const client::GroupDescription& group, Paint paint);
/// Keys: group, members[] (member_id, instance_id, client_id, host, partitions[] (topic, partition)).
Json members_json(const client::GroupDescription& group);

/// "a/0,1 b/2".
std::string partitions_text(const std::vector<client::TopicPartition>& partitions);

}  // namespace streamline::cli
