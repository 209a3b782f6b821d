// GroupPartition: the coordinator of the groups in one partition of `__consumer_offsets`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/coordinator/catalog_topics.h"
#include "broker/coordinator/marker.h"
#include "broker/coordinator/shard_partition.h"
#include "groups/group_shard.h"

namespace streamline::broker {

class GroupPartition final : public ShardPartition<groups::GroupShard, groups::Effects> {
 public:
  /// `ids` outlives this.
  GroupPartition(const Parts& parts, const groups::Options& options, groups::IdSource& ids);

  coordinator::Answer failed(const coordinator::Answer& answer, wire::ErrorCode error) const override;
  bool carry_out(Shard&) override { return false; }

  /// Before the coordinator of the writer's transaction is asked; none: it need not be. Errors: Log::transaction_guard's.
  Result<std::optional<storage::TransactionGuard>> transaction_guard(const coordinator::TransactionalWriter& writer) {
    return partition_->log().transaction_guard({.id = writer.id, .epoch = writer.epoch});
  }
  /// The coordinator said no.
  void release_guard(const coordinator::TransactionalWriter& writer, storage::TransactionGuard guard) {
    partition_->log().release_transaction_guard(writer.id, guard);
  }
  /// Calls `operation(shard, now, effects)`, which writes offsets in the transaction of `writer`. `guard` was taken before that
  /// transaction's coordinator was asked, if it had to be, and is given back here. `refused` says why it was not called, when it may not
  /// write: the transaction has ended meanwhile, or a newer producer has taken its place. finish_turn() as for run().
  template <class Operation>
  Access run_in_transaction(coordinator::Now now, const coordinator::TransactionalWriter& writer,
                            std::optional<storage::TransactionGuard> guard, std::optional<Errc>& refused, Operation&& operation) {
    const std::lock_guard lock(mutex_);
    const Access access = admit_locked(now, Writes::likely);
    if (access == Access::ran) refused = partition_->log().transaction_refusal(writer.id, writer.epoch, guard);
    if (access != Access::ran || refused) {
      if (guard) partition_->log().release_transaction_guard(writer.id, *guard);
      return access;
    }
    refresh();
    operation(*shard_, steady(now), effects_);
    if (guard) hold_guard({.producer = writer.id, .guard = *guard});
    return access;
  }
  /// Appends the marker behind everything that ran, and has the groups take it in the same step: what its producer has pending becomes
  /// committed, or is dropped. Also where no groups are loaded. Any thread; `here` is the caller's own shard, if it has one.
  MarkerOutcome end_transaction(const record::EndMarker& marker, Shard* here);

  /// Drops the offsets of that topic, now or as soon as the shard is there. finish_turn() as for run(); must_load as there.
  Access topic_deleted(const std::string& name, const TopicId& id, groups::Now now);
  /// Has the group take what GroupCoordinators::own_times() says now; what is not loaded takes it when it is.
  void take_times(std::string_view group);

 private:
  struct DeletedTopic {
    std::string name;
    TopicId id;
  };
  std::unique_ptr<groups::GroupShard> make_shard() override;
  void replay(groups::GroupShard& shard, ByteView key, std::optional<ByteView> value, ProducerId producer) override {
    shard.replay(key, value, producer);
  }
  void replay(groups::GroupShard& shard, const record::EndMarker& marker) override;
  void loaded(groups::Now now) override;
  void refresh() override { topics_.refresh(); }
  void end_turn(Turn&) override {}

  groups::IdSource& ids_;
  const groups::Options options_;

  // Guarded by mutex_.
  CatalogTopics topics_;
  std::vector<DeletedTopic> deleted_;     // while nothing is loaded that they could be dropped from
  std::vector<record::EndMarker> ended_;  // while it is loaded; the load may have seen them, and a second time changes nothing
};

}  // namespace streamline::broker
