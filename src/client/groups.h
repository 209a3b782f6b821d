// Groups: consumer groups listed, described and deleted, and the offsets that they have committed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "client/cluster.h"
#include "client/offset_spec.h"

namespace streamline::client {

struct GroupListing {
  std::string id;
  /// "consumer" for consumers; others choose their own word.
  std::string protocol_type;
  /// Empty where the broker does not tell: state below ListGroups 4, type below 5.
  std::string state;
  std::string type;
};

struct GroupMember {
  std::string id;
  std::string instance_id;
  std::string client_id;
  std::string host;
  /// Ascending. Empty when the member has none, or its protocol is none that is known here.
  std::vector<TopicPartition> assignment;
};

/// Why the members of a group last had to change what they own.
struct Rebalance {
  /// In words.
  std::string reason;
  /// Whose doing it was; empty when it was no member's.
  std::string member_id;
  std::int64_t began_ms = 0;
  /// None while it lasts.
  std::optional<std::int64_t> ended_ms;
};

struct GroupDescription {
  std::string id;
  /// "classic" or "consumer" (KIP-848).
  std::string type;
  std::string state;
  std::string protocol_type;
  /// The assignor of consumers.
  std::string protocol;
  std::string coordinator;
  std::vector<GroupMember> members;
  /// None: there was none since the broker started, or the broker is one that does not tell.
  std::optional<Rebalance> last_rebalance{};
};

/// Errors of all of them: broker_failure's and the connection's. A group that nobody knows is not_found.

/// Ascending by id.
Result<std::vector<GroupListing>> list_groups(Cluster& cluster);
Result<GroupDescription> describe_group(Cluster& cluster, std::string_view group);
Status delete_group(Cluster& cluster, std::string_view group);

/// What a consumer's assignment names, ascending; empty when the bytes are none. A version that is newer than ours is read as ours: later
/// ones only append.
std::vector<TopicPartition> assigned_partitions(ByteView assignment);

struct GroupOffset {
  std::int64_t offset = -1;
  std::int32_t leader_epoch = -1;
  std::string metadata{};
};
using GroupOffsets = std::map<TopicPartition, GroupOffset>;

/// Everything that the group has committed; empty also for a group that nobody knows.
Result<GroupOffsets> committed_offsets(Cluster& cluster, std::string_view group);

/// Who commits: nobody in particular, or a member of the group.
struct Committing {
  std::string member_id{};
  std::int32_t generation = -1;
};
/// All or, with the first partition that is refused, an unknown part. invalid_argument where members live and the caller is none.
Status commit_offsets(Cluster& cluster, std::string_view group, const GroupOffsets& offsets, const Committing& who = {});
/// Of a group without members that subscribe to the topics.
Status delete_offsets(Cluster& cluster, std::string_view group, std::span<const TopicPartition> partitions);

}  // namespace streamline::client
