// Hands each operation to its file, and keeps loading, time and the end.
#include "transactions/transaction_shard.h"

#include <utility>

#include "transactions/ending.h"
#include "transactions/init_producer_id.h"
#include "transactions/replay.h"
#include "transactions/step.h"
#include "transactions/timeouts.h"

namespace streamline::transactions {

using wire::ErrorCode;

TransactionShard::TransactionShard(const Options& options, const TopicLookup& topics, ProducerIds& ids) : state_(options, topics, ids) {}

Step TransactionShard::begin(Now now, Effects& effects) {
  arena_.reset();
  return Step{state_, effects, now, arena_};
}

void TransactionShard::replay(ByteView key, std::optional<ByteView> value) {
  arena_.reset();
  ++load_figures_.records;
  const Status replayed = transactions::replay(state_, key, value, arena_);
  if (replayed) return;
  ++load_figures_.skipped;
  load_figures_.last_skip = replayed.error().text;
}

void TransactionShard::loaded(Now now, std::int32_t coordinator_epoch, Effects& effects) {
  state_.coordinator_epoch = coordinator_epoch;
  Step step = begin(now, effects);
  for (const auto& [id, entry] : state_.entries) resume(step, id);
}

void TransactionShard::init_producer_id(const wire::InitProducerIdRequest& request, const Call& call, Now now, Effects& effects) {
  Step step = begin(now, effects);
  transactions::init_producer_id(step, request, call);
}

void TransactionShard::add_offsets(const wire::AddOffsetsToTxnRequest& request, const PartitionName& offsets, const Call& call, Now now,
                                   Effects& effects) {
  Step step = begin(now, effects);
  transactions::add_offsets(step, request, offsets, call);
}

void TransactionShard::end_transaction(const wire::EndTxnRequest& request, const Call& call, Now now, Effects& effects) {
  Step step = begin(now, effects);
  transactions::end_transaction(step, request, call);
}

wire::AddPartitionsToTxnResponse::AddPartitionsToTxnResult TransactionShard::add_partitions(
    const wire::AddPartitionsToTxnRequest::AddPartitionsToTxnTransaction& request, std::int16_t version, Arena& arena, Now now,
    Effects& effects) {
  Step step = begin(now, effects);
  return transactions::add_partitions(step, request, version, arena);
}

ErrorCode TransactionShard::add_partition(std::string_view id, const Producer& producer, const PartitionName& partition, Now now,
                                          Effects& effects) {
  Step step = begin(now, effects);
  return transactions::add_partition(step, id, producer, partition, Protocol::bumping);
}

ErrorCode TransactionShard::verify_partition(std::string_view id, const Producer& producer, const PartitionName& partition) const {
  return transactions::verify_partition(state_, id, producer, partition);
}

DescribedTransaction TransactionShard::describe(std::string_view id, Arena& arena) const {
  return transactions::describe(state_, id, arena);
}

std::vector<ListedTransaction> TransactionShard::list(const wire::ListTransactionsRequest& request, Now now, Arena& arena) const {
  return transactions::list(state_, request, now.wall_ms, arena);
}

void TransactionShard::markers_written(std::string_view id, std::uint64_t order, Now now, Effects& effects) {
  Step step = begin(now, effects);
  transactions::markers_written(step, id, order);
}

std::optional<std::int64_t> TransactionShard::next_deadline() const {
  if (state_.deadlines.empty()) return std::nullopt;
  return state_.deadlines.begin()->first;
}

void TransactionShard::expire(Now now, Effects& effects) {
  Step step = begin(now, effects);
  abort_timed_out(step);
}

TransactionShard::Sweep TransactionShard::forget_unused(Now now, Effects& effects) {
  Step step = begin(now, effects);
  sweep_from_ = transactions::forget_unused(step, sweep_from_);
  return sweep_from_.empty() ? Sweep::done : Sweep::more;
}

void TransactionShard::abandon(ErrorCode error, Effects& effects) {
  for (auto& [id, entry] : state_.entries) {
    const auto parked = std::exchange(entry.parked, std::nullopt);
    if (!parked) continue;
    const Call call{.ticket = parked->ticket, .api = wire::ApiKey::end_txn, .version = parked->version};
    wire::EndTxnResponse response;
    response.error_code = static_cast<std::int16_t>(error);
    effects.answer(call, response);
  }
}

}  // namespace streamline::transactions
