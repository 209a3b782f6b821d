// What the coordinator says, in the words of Produce (kafka-rules 61).
#include "broker/coordinator/produce_verifier.h"

#include <memory>

#include "broker/coordinator/desk.h"
#include "broker/coordinator/transaction_coordinators.h"
#include "broker/shard.h"

namespace streamline::broker {

using wire::ErrorCode;

namespace {

/// From here on the client knows TRANSACTION_ABORTABLE.
constexpr std::int16_t kKnowsAbortable = 11;

/// Older clients try again what they take for a replica that is missing, and nothing else that comes from a coordinator.
ErrorCode produced(ErrorCode error, std::int16_t version) {
  switch (error) {
    case ErrorCode::producer_fenced: return ErrorCode::invalid_producer_epoch;
    case ErrorCode::transaction_abortable: return version >= kKnowsAbortable ? error : ErrorCode::invalid_txn_state;
    case ErrorCode::concurrent_transactions: return version >= kFirstThatAdds ? error : ErrorCode::not_enough_replicas;
    case ErrorCode::coordinator_load_in_progress:
    case ErrorCode::coordinator_not_available:
    case ErrorCode::not_coordinator: return ErrorCode::not_enough_replicas;
    default: return error;
  }
}

void tell(VerificationWaiter& waiter, ErrorCode error, std::int16_t version) {
  const ErrorCode told = produced(error, version);
  switch (told) {
    case ErrorCode::invalid_txn_state: return waiter.on_verified(told, "the partition was not added to the transaction");
    case ErrorCode::not_enough_replicas:
      return waiter.on_verified(told, "the transaction's coordinator cannot say yet whether it has this partition");
    default: return waiter.on_verified(told, {});
  }
}

/// A partition that was added is not durable yet.
class Question final : public Asker {
 public:
  Question(VerificationWaiter& waiter, std::int16_t version) : waiter_(waiter), version_(version) {}
  void on_durable(ErrorCode failure) override { tell(waiter_, failure, version_); }

 private:
  VerificationWaiter& waiter_;
  const std::int16_t version_;
};

}  // namespace

void ProduceVerifier::verify(Shard& shard, const VerificationRequest& request, VerificationWaiter& waiter) {
  TransactionPartition* partition = coordinators_.partition_of(request.transactional_id);
  const transactions::Producer producer{.id = request.producer_id, .epoch = request.producer_epoch};
  const transactions::PartitionName name{.topic = request.topic, .partition = request.partition};
  const std::string_view id = request.transactional_id;
  if (request.produce_version < kFirstThatAdds) {
    ErrorCode verdict = ErrorCode::none;
    const ErrorCode refused = shard.desk().look(
        partition, [&](transactions::TransactionShard& transactions) { verdict = transactions.verify_partition(id, producer, name); });
    return tell(waiter, refused != ErrorCode::none ? refused : verdict, request.produce_version);
  }
  const auto add = [&](transactions::TransactionShard& transactions, coordinator::Now now, transactions::Effects& effects) {
    return transactions.add_partition(id, producer, name, now, effects);
  };
  auto question = std::make_unique<Question>(waiter, request.produce_version);
  const auto verdict = shard.desk().ask(partition, std::move(question), add);
  if (verdict) tell(waiter, *verdict, request.produce_version);
}

}  // namespace streamline::broker
