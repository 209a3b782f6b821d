// GroupShard: the coordinator of all groups whose records live in one partition of `__consumer_offsets`. A state machine: no
// clock, no I/O, no threads of its own. Operations change its state at once and leave records and answers in Effects; the
// runtime appends the records of a turn as one and releases its answers when they are durable. README.md tells how and why.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "coordinator/load_figures.h"
#include "groups/call.h"
#include "groups/effects.h"
#include "groups/offsets/fetch.h"
#include "groups/options.h"
#include "groups/rebalance_note.h"
#include "groups/shard_state.h"
#include "wire/messages/consumer_group_describe.h"
#include "wire/messages/consumer_group_heartbeat.h"
#include "wire/messages/describe_groups.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/list_groups.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_delete.h"
#include "wire/messages/offset_fetch.h"
#include "wire/messages/sync_group.h"
#include "wire/messages/txn_offset_commit.h"

namespace streamline::groups {

using coordinator::LoadFigures;

class ClassicGroup;
class ConsumerGroup;

class GroupShard {
 public:
  /// `topics` and `ids` outlive the shard.
  GroupShard(const Options& options, const TopicLookup& topics, IdSource& ids);
  GroupShard(const GroupShard&) = delete;
  GroupShard& operator=(const GroupShard&) = delete;

  // Loading: replay() for each record of the partition in its order, then loaded() once, then anything else.

  /// A record that cannot be understood is counted, named in load_figures() and changes nothing. `producer` is that of its batch when
  /// that is part of a transaction.
  void replay(ByteView key, std::optional<ByteView> value, ProducerId producer = kNoProducerId);
  /// Sessions count from now on (rule 113).
  void loaded(Now now, Effects& effects);
  const LoadFigures& load_figures() const { return load_figures_; }

  // Requests about one group. Each is answered once, through effects of this or a later operation. Everything is checked here, also
  // whether topics exist, but authorization.

  void join(const wire::JoinGroupRequest& request, const Call& call, Now now, Effects& effects);
  void sync(const wire::SyncGroupRequest& request, const Call& call, Now now, Effects& effects);
  void heartbeat(const wire::HeartbeatRequest& request, const Call& call, Now now, Effects& effects);
  void leave(const wire::LeaveGroupRequest& request, const Call& call, Now now, Effects& effects);
  void consumer_heartbeat(const wire::ConsumerGroupHeartbeatRequest& request, const Call& call, Now now, Effects& effects);
  void commit_offsets(const wire::OffsetCommitRequest& request, const Call& call, Now now, Effects& effects);
  /// The caller has seen to it that the group's partition is in the transaction, and that a marker which has ended it meanwhile keeps
  /// this from being called. The records carry the producer: RecordList::View::writer.
  void commit_offsets_in_transaction(const wire::TxnOffsetCommitRequest& request, const Call& call, Now now, Effects& effects);
  void delete_offsets(const wire::OffsetDeleteRequest& request, const Call& call, Now now, Effects& effects);

  // Parts of answers about several groups, which the runtime gathers from its shards. They own nothing of the state: texts and
  // arrays lie in `arena`. Like every answer they may only leave once the records written so far are durable.

  wire::DescribeGroupsResponse::DescribedGroup describe(std::string_view group, std::int16_t version, Arena& arena) const;
  wire::ConsumerGroupDescribeResponse::DescribedGroup describe_consumer_group(std::string_view group, Arena& arena) const;
  /// Empty filters take everything; names of states and types match in any case.
  std::vector<wire::ListGroupsResponse::ListedGroup> list(const wire::ListGroupsRequest& request, Arena& arena) const;
  /// Below version 8 the caller puts the one group of the request into this shape and back.
  wire::OffsetFetchResponse::OffsetFetchResponseGroup fetch_offsets(const wire::OffsetFetchRequest::OffsetFetchRequestGroup& request,
                                                                    const offsets::Fetching& how, Arena& arena) const;
  wire::ErrorCode delete_group(std::string_view group, Now now, Effects& effects);

  /// The group's own consumer.session.timeout.ms and consumer.heartbeat.interval.ms from the next heartbeat on; none: the broker's again.
  void set_consumer_times(std::string_view group, const std::optional<ConsumerTimes>& times);

  // Transactions.

  /// A marker of `producer` is in the log, behind all records of the turns so far: what it has pending becomes committed, or is dropped.
  /// Also for loading. Writes and answers nothing.
  void end_transaction(ProducerId producer, TransactionEnd end);

  // Time.

  /// Call expire() at this time or later; none: nothing waits. May be early, never late.
  std::optional<std::int64_t> next_deadline() const { return state_.timers.next_deadline(); }
  /// Fires every deadline up to now. Also to be called at the end of each turn: a first member's join phase of no length ends there.
  void expire(Now now, Effects& effects);

  enum class Sweep : std::uint8_t { more, done };
  /// Removes offsets past their retention and groups that hold nothing any more, a bounded number of groups per call: call again
  /// in a later turn while it answers `more`, and start anew every offsets.retention.check.interval.ms.
  Sweep expire_offsets(Now now, Effects& effects);
  /// Drops every offset committed for `topic`. `id` is that of the deleted topic: offsets of a newer one with its name stay.
  void topic_deleted(std::string_view topic, const TopicId& id, Now now, Effects& effects);

  // The end.

  /// Answers everything that is parked with `error`: the append of an operation failed, or the coordinator moves or stops. The
  /// shard is not to be used afterwards; a new one is loaded from the log.
  void abandon(wire::ErrorCode error, Effects& effects);

  /// Null for a group that has none: unknown, or not rebalanced since the load.
  const RebalanceNote* last_rebalance(std::string_view group) const;
  const ShardState& state() const { return state_; }

 private:
  Step begin(Now now, Effects& effects);
  /// The classic group with that id; null when nobody knows it, or it is of another type.
  ClassicGroup* classic_group(std::string_view id) const;
  ConsumerGroup* consumer_group(std::string_view id) const;
  /// Takes a group out of memory of which nothing is in the log and for which nobody waits.
  void forget_if_hollow(std::string_view id);
  void fire(Step& step, const TimerKey& timer);

  ShardState state_;
  Arena arena_;
  LoadFigures load_figures_;
  std::string sweep_from_;  // the group that the next expire_offsets() begins with
};

}  // namespace streamline::groups
