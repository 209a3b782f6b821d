// AddPartitionsToTxn (key 24), versions 0 to 5: partitions become part of a transaction, all of a request or none (kafka-rules 60).
// v2 PRODUCER_FENCED, v3 flexible, v4 several transactions at once, or to ask only: that is for brokers, and answered to whoever asks.
#include "wire/messages/add_partitions_to_txn.h"

#include <algorithm>

#include "handlers/decode.h"
#include "handlers/transaction_request.h"

namespace streamline::handlers {

namespace {

using Message = wire::AddPartitionsToTxnRequest;
using Response = wire::AddPartitionsToTxnResponse;
using wire::ErrorCode;

constexpr std::int16_t kFirstWithSeveral = 4;

/// Every partition of the transaction with the same error.
Response::AddPartitionsToTxnResult refused(Request& request, const Message::AddPartitionsToTxnTransaction& transaction, ErrorCode error) {
  Arena& arena = request.arena();
  Response::AddPartitionsToTxnResult result{
      .transactional_id = transaction.transactional_id,
      .topic_results = arena.make_array<Response::AddPartitionsToTxnTopicResult>(transaction.topics.size())};
  for (std::size_t i = 0; i < transaction.topics.size(); ++i) {
    const auto& asked = transaction.topics[i];
    auto& told = result.topic_results[i];
    told.name = asked.name;
    told.results_by_partition = arena.make_array<Response::AddPartitionsToTxnPartitionResult>(asked.partitions.size());
    for (std::size_t j = 0; j < asked.partitions.size(); ++j) {
      told.results_by_partition[j] = {.partition_index = asked.partitions[j], .partition_error_code = static_cast<std::int16_t>(error)};
    }
  }
  return result;
}

std::span<Message::AddPartitionsToTxnTransaction> transactions_of(Request& request, const Message& message) {
  if (request.version() >= kFirstWithSeveral) return message.transactions;
  const auto only = request.arena().make_array<Message::AddPartitionsToTxnTransaction>(1);
  only[0] = {.transactional_id = message.v3_and_below_transactional_id,
             .producer_id = message.v3_and_below_producer_id,
             .producer_epoch = message.v3_and_below_producer_epoch,
             .topics = message.v3_and_below_topics};
  return only;
}

Response response_of(Request& request, std::span<Response::AddPartitionsToTxnResult> results) {
  Response response;
  if (request.version() >= kFirstWithSeveral) {
    response.results_by_transaction = results;
  } else {
    response.results_by_topic_v3_and_below = results.front().topic_results;
  }
  return response;
}

}  // namespace

void add_partitions_to_txn(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  const auto asked = transactions_of(request, *message);
  const auto results = request.arena().make_array<Response::AddPartitionsToTxnResult>(asked.size());
  if (request.may_block()) {
    const ErrorCode error = make_transactions_topic(request);
    for (std::size_t i = 0; i < asked.size(); ++i) results[i] = refused(request, asked[i], error);
    return request.reply(response_of(request, results));
  }
  if (lacks_transactions_topic(request)) return request.continue_on_pool();
  broker::Reading reading(request);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto add = [&](auto& shard, auto now, auto& effects) {
      results[i] = shard.add_partitions(asked[i], request.version(), request.arena(), now, effects);
    };
    broker::TransactionPartition* partition = request.broker().transactions().partition_of(asked[i].transactional_id);
    const ErrorCode error = reading.of(partition, add, broker::Writes::likely);
    if (error != ErrorCode::none) results[i] = refused(request, asked[i], error);
  }
  reading.reply(response_of(request, results));
}

}  // namespace streamline::handlers
