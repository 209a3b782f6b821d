// What is done to transactions beside requests.
#include "broker/coordinator/transaction_coordinators.h"

#include "base/log.h"
#include "broker/broker.h"

namespace streamline::broker {

namespace {

Coordinators::Plan plan_of(const config::TransactionConfig& config) {
  return {.subject = "transactions",
          .topic = kTransactionsTopic,
          .partitions = config.topic_partitions,
          .compression = "uncompressed",
          .segment_bytes = config.topic_segment_bytes,
          .sweep_interval_ms = config.expiry_check_ms};
}

}  // namespace

TransactionCoordinators::TransactionCoordinators(Broker& broker)
    : Coordinators(broker, plan_of(broker.config().transactions)), ids_(broker) {}

Result<ProducerId> TransactionCoordinators::FreshIds::next() {
  auto id = broker_.next_producer_id();
  if (!id) log::error("transactions", "no producer id can be handed out cause={}", id.error().text);
  return id;
}

std::unique_ptr<CoordinatorPartition> TransactionCoordinators::make_partition(const CoordinatorPartition::Parts& parts) {
  const config::TransactionConfig& config = broker().config().transactions;
  const transactions::Options options{.max_timeout_ms = config.max_timeout_ms,
                                      .id_expiration_ms = config.id_expiration_ms,
                                      .max_record_bytes = max_record_bytes(parts.max_batch_bytes)};
  return std::make_unique<TransactionPartition>(parts, options, ids_);
}

Coordinators::Sweep TransactionCoordinators::sweep_some(CoordinatorPartition& partition) {
  using transactions::TransactionShard;
  auto left = TransactionShard::Sweep::done;
  static_cast<TransactionPartition&>(partition).run(
      now(), Writes::likely,
      [&](TransactionShard& shard, coordinator::Now at, transactions::Effects& effects) { left = shard.forget_unused(at, effects); });
  return left == TransactionShard::Sweep::more ? Sweep::more : Sweep::done;
}

}  // namespace streamline::broker
