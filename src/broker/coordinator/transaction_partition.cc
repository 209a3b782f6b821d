// What becomes of the orders of a shard, as long as it lives.
#include "broker/coordinator/transaction_partition.h"

#include <utility>
#include <vector>

#include "broker/broker.h"
#include "broker/coordinator/marker_writer.h"
#include "broker/shard.h"

namespace streamline::broker {

using coordinator::Now;

TransactionPartition::TransactionPartition(const Parts& parts, const transactions::Options& options, transactions::ProducerIds& ids)
    : ShardPartition(parts), options_(options), ids_(ids), topics_(parts.broker.catalog()) {}

coordinator::Answer TransactionPartition::failed(const coordinator::Answer& answer, wire::ErrorCode error) const {
  return transactions::failed_answer(answer, error);
}

std::unique_ptr<transactions::TransactionShard> TransactionPartition::make_shard() {
  return std::make_unique<transactions::TransactionShard>(options_, topics_, ids_);
}

void TransactionPartition::loaded(Now now) { shard_->loaded(now, partition_->log().leader_epoch().value, effects_); }

void TransactionPartition::abandon(wire::ErrorCode error) {
  ShardPartition::abandon(error);
  ++life_;
  was_given_up_ = true;
  pending_.clear();
  effects_.orders.clear();
}

void TransactionPartition::end_turn(Turn& turn) {
  turn.settled.answers.swap(effects_.settled);
  turn.settled.generation = generation_;
  for (transactions::MarkerOrder& order : effects_.orders) {
    pending_.push_back({.order = std::move(order), .durable_at = turn.due.durable_at});
  }
  effects_.orders.clear();
  turn.has_orders = !pending_.empty();
  // What is decided has to be carried out, and what is open to be watched.
  turn.must_reload = std::exchange(was_given_up_, false);
}

bool TransactionPartition::carry_out(Shard& here) {
  std::vector<transactions::MarkerOrder> ready;
  std::uint64_t life = 0;
  bool others_wait = false;
  {
    const std::lock_guard lock(mutex_);
    life = life_;
    const storage::Log& log = partition_->log();
    const Offset durable = log.high_watermark();
    // Read after the watermark: one of this generation is the records' own.
    const bool is_same = log.generation() == generation_;
    while (!pending_.empty() && is_same && pending_.front().durable_at <= durable) {
      ready.push_back(std::move(pending_.front().order));
      pending_.pop_front();
    }
    others_wait = !pending_.empty();
  }
  for (transactions::MarkerOrder& order : ready) here.markers().begin(*this, life, std::move(order));
  return others_wait;
}

std::optional<MarkerOutcome> TransactionPartition::write_marker(std::uint64_t life, Partition& target, const record::EndMarker& marker,
                                                                Shard& here) {
  const std::lock_guard lock(mutex_);
  if (life != life_ || shard_ == nullptr) return std::nullopt;
  return broker::write_marker(broker_, target, marker, &here);
}

void TransactionPartition::markers_written(std::uint64_t life, std::string_view id, std::uint64_t order, Now now) {
  const std::lock_guard lock(mutex_);
  if (life != life_ || shard_ == nullptr) return;
  topics_.refresh();
  shard_->markers_written(id, order, steady(now), effects_);
}

}  // namespace streamline::broker
