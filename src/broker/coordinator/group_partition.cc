// What a group partition does beyond what every coordinator's does.
#include "broker/coordinator/group_partition.h"

#include "broker/broker.h"

namespace streamline::broker {

GroupPartition::GroupPartition(const Parts& parts, const groups::Options& options, groups::IdSource& ids)
    : ShardPartition(parts),
      ids_(ids),
      options_(options),
      topics_(parts.broker.catalog(), parts.broker.knows_all_topics() ? CatalogTopics::Knows::all : CatalogTopics::Knows::not_all) {}

coordinator::Answer GroupPartition::failed(const coordinator::Answer& answer, wire::ErrorCode error) const {
  return groups::failed_answer(answer, error);
}

std::unique_ptr<groups::GroupShard> GroupPartition::make_shard() { return std::make_unique<groups::GroupShard>(options_, topics_, ids_); }

void GroupPartition::replay(groups::GroupShard& shard, const record::EndMarker& marker) {
  const bool commits = marker.end == record::TransactionEnd::commit;
  shard.end_transaction(marker.producer_id, commits ? groups::TransactionEnd::commit : groups::TransactionEnd::abort);
}

MarkerOutcome GroupPartition::end_transaction(const record::EndMarker& marker, Shard* here) {
  const std::lock_guard lock(mutex_);
  flush(steady(coordinators().now()), here);
  MarkerOutcome outcome = append_marker(broker_, *partition_, marker, here);
  if (outcome.error) return outcome;
  if (shard_ != nullptr) replay(*shard_, marker);
  if (state_ == State::loading) ended_.push_back(marker);
  return outcome;
}

void GroupPartition::loaded(groups::Now now) {
  for (const record::EndMarker& marker : ended_) replay(*shard_, marker);
  ended_.clear();
  // A change that comes after this look finds the shard, and has it told by take_times().
  for (const auto& [group, configs] : *broker_.group_configs().snapshot()) {
    if (broker_.groups().partition_of(group) == this) shard_->set_consumer_times(group, broker_.groups().own_times(group));
  }
  shard_->loaded(now, effects_);
  for (const DeletedTopic& topic : deleted_) shard_->topic_deleted(topic.name, topic.id, now, effects_);
  deleted_.clear();
}

Access GroupPartition::topic_deleted(const std::string& name, const TopicId& id, groups::Now now) {
  const std::lock_guard lock(mutex_);
  const Access access = access_locked(now);
  if (access == Access::ran) {
    topics_.refresh();
    shard_->topic_deleted(name, id, steady(now), effects_);
  } else if (access == Access::loading || access == Access::must_load) {
    deleted_.push_back({.name = name, .id = id});
  }
  return access;
}

void GroupPartition::take_times(std::string_view group) {
  const std::lock_guard lock(mutex_);
  if (shard_ != nullptr) shard_->set_consumer_times(group, broker_.groups().own_times(group));
}

}  // namespace streamline::broker
