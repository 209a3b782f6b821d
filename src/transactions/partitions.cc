// Adding and asking take the same look at the producer first.
#include "transactions/partitions.h"

#include <utility>

namespace streamline::transactions {

using wire::ErrorCode;

namespace {

using Request = wire::AddPartitionsToTxnRequest::AddPartitionsToTxnTransaction;
using Response = wire::AddPartitionsToTxnResponse;
using Result = Response::AddPartitionsToTxnResult;

constexpr std::int16_t kKnowsFenced = 2;
/// From here on brokers add for their clients, and the clients' epochs grow with every end.
constexpr std::int16_t kForClients = 4;

ErrorCode judge(const Entry* entry, std::string_view id, const Producer& producer) {
  if (id.empty()) return ErrorCode::invalid_request;
  if (entry == nullptr || entry->transaction.producer.id != producer.id) return ErrorCode::invalid_producer_id_mapping;
  if (entry->transaction.producer.epoch != producer.epoch) return ErrorCode::producer_fenced;
  if (is_prepared(entry->transaction.state)) return ErrorCode::concurrent_transactions;
  return ErrorCode::none;
}

/// `begun` with more partitions becomes the state, unless it is that already or does not fit.
ErrorCode keep(Step& step, std::string_view id, Transaction&& begun) {
  const Transaction& before = step.state.find(id)->transaction;
  const bool is_open = before.state == State::ongoing;
  if (is_open && begun.partitions.count() == before.partitions.count()) return ErrorCode::none;
  begun.state = State::ongoing;
  if (!is_open) begun.start_ms = step.now.wall_ms;
  begun.last_update_ms = step.now.wall_ms;
  // As Kafka says it of a record that its log does not take.
  if (!step.fits(id, begun)) return ErrorCode::unknown_server_error;
  step.put(id, begun);
  return ErrorCode::none;
}

Transaction begun_by(const Transaction& before, Protocol protocol) {
  Transaction begun = before;
  begun.protocol = protocol;
  return begun;
}

bool exists(const TopicLookup& topics, std::string_view topic, std::int32_t partition) {
  const auto partitions = topics.partitions_of(topic);
  return partitions && partition >= 0 && partition < *partitions;
}

ErrorCode add_all(Step& step, const Request& request, const Producer& producer, std::int16_t version) {
  const Entry* entry = step.state.find(request.transactional_id);
  if (const ErrorCode error = judge(entry, request.transactional_id, producer); error != ErrorCode::none) return error;
  Transaction begun = begun_by(entry->transaction, version >= kForClients ? Protocol::bumping : Protocol::classic);
  for (const auto& topic : request.topics) {
    for (const std::int32_t partition : topic.partitions) begun.partitions.add(topic.name, partition);
  }
  return keep(step, request.transactional_id, std::move(begun));
}

}  // namespace

Result add_partitions(Step& step, const Request& request, std::int16_t version, Arena& arena) {
  const Call call{.version = version};
  const Producer producer{.id = ProducerId(request.producer_id), .epoch = request.producer_epoch};
  bool all_exist = true;
  for (const auto& topic : request.topics) {
    for (const std::int32_t partition : topic.partitions) all_exist &= exists(step.state.topics, topic.name, partition);
  }
  const ErrorCode added = !all_exist || request.verify_only ? ErrorCode::none : add_all(step, request, producer, version);
  const auto error_of = [&](std::string_view topic, std::int32_t partition) {
    if (!exists(step.state.topics, topic, partition)) return ErrorCode::unknown_topic_or_partition;
    if (!all_exist) return ErrorCode::operation_not_attempted;
    if (!request.verify_only) return added;
    return verify_partition(step.state, request.transactional_id, producer, {.topic = topic, .partition = partition});
  };
  Result result{.transactional_id = request.transactional_id,
                .topic_results = arena.make_array<Response::AddPartitionsToTxnTopicResult>(request.topics.size())};
  for (std::size_t i = 0; i < request.topics.size(); ++i) {
    const auto& topic = request.topics[i];
    auto& told_topic = result.topic_results[i];
    told_topic.name = topic.name;
    told_topic.results_by_partition = arena.make_array<Response::AddPartitionsToTxnPartitionResult>(topic.partitions.size());
    for (std::size_t j = 0; j < topic.partitions.size(); ++j) {
      const ErrorCode error = told(error_of(topic.name, topic.partitions[j]), call, kKnowsFenced);
      told_topic.results_by_partition[j] = {.partition_index = topic.partitions[j],
                                            .partition_error_code = static_cast<std::int16_t>(error)};
    }
  }
  return result;
}

ErrorCode add_partition(Step& step, std::string_view id, const Producer& producer, const PartitionName& partition, Protocol protocol) {
  const Entry* entry = step.state.find(id);
  if (const ErrorCode error = judge(entry, id, producer); error != ErrorCode::none) return error;
  // Asked for with each batch: most find it there.
  const Transaction& before = entry->transaction;
  if (before.state == State::ongoing && before.partitions.contains(partition.topic, partition.partition)) return ErrorCode::none;
  Transaction begun = begun_by(before, protocol);
  begun.partitions.add(partition.topic, partition.partition);
  return keep(step, id, std::move(begun));
}

void add_offsets(Step& step, const wire::AddOffsetsToTxnRequest& request, const PartitionName& offsets, const Call& call) {
  const Producer producer{.id = ProducerId(request.producer_id), .epoch = request.producer_epoch};
  const ErrorCode error = add_partition(step, request.transactional_id, producer, offsets, Protocol::classic);
  wire::AddOffsetsToTxnResponse response;
  response.error_code = static_cast<std::int16_t>(told(error, call, kKnowsFenced));
  step.effects.answer(call, response);
}

ErrorCode verify_partition(const ShardState& state, std::string_view id, const Producer& producer, const PartitionName& partition) {
  const Entry* entry = state.find(id);
  if (const ErrorCode error = judge(entry, id, producer); error != ErrorCode::none) return error;
  const bool is_added = entry->transaction.partitions.contains(partition.topic, partition.partition);
  return is_added ? ErrorCode::none : ErrorCode::transaction_abortable;
}

}  // namespace streamline::transactions
