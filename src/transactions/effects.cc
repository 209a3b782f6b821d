// What becomes of answers whose records could not be written.
#include "transactions/effects.h"

#include "wire/messages/add_offsets_to_txn.h"
#include "wire/messages/add_partitions_to_txn.h"
#include "wire/messages/describe_transactions.h"
#include "wire/messages/end_txn.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/list_transactions.h"

namespace streamline::transactions {

using coordinator::replace_success;
using wire::ErrorCode;

namespace {

void fail(wire::InitProducerIdResponse& response, ErrorCode error) {
  replace_success(response.error_code, error);
  response.producer_id = -1;
  response.producer_epoch = -1;
}
void fail(std::span<wire::AddPartitionsToTxnResponse::AddPartitionsToTxnTopicResult> topics, ErrorCode error) {
  for (auto& topic : topics) {
    for (auto& partition : topic.results_by_partition) replace_success(partition.partition_error_code, error);
  }
}
void fail(wire::AddPartitionsToTxnResponse& response, ErrorCode error) {
  fail(response.results_by_topic_v3_and_below, error);
  for (auto& transaction : response.results_by_transaction) fail(transaction.topic_results, error);
}
void fail(wire::AddOffsetsToTxnResponse& response, ErrorCode error) { replace_success(response.error_code, error); }
void fail(wire::EndTxnResponse& response, ErrorCode error) {
  replace_success(response.error_code, error);
  response.producer_id = -1;
  response.producer_epoch = -1;
}
void fail(wire::DescribeTransactionsResponse& response, ErrorCode error) {
  for (auto& transaction : response.transaction_states) {
    replace_success(transaction.error_code, error);
    transaction.topics = {};
  }
}
void fail(wire::ListTransactionsResponse& response, ErrorCode error) {
  replace_success(response.error_code, error);
  response.transaction_states = {};
}

template <class Response>
Answer failed_as(const Answer& answer, ErrorCode error) {
  return coordinator::changed_answer<Response>(answer, [error](Response& response) { fail(response, error); });
}

}  // namespace

void Effects::clear() {
  records.clear();
  answers.clear();
  orders.clear();
  settled.clear();
}

Answer failed_answer(const Answer& answer, ErrorCode error) {
  switch (answer.api) {
    case wire::ApiKey::init_producer_id: return failed_as<wire::InitProducerIdResponse>(answer, error);
    case wire::ApiKey::add_partitions_to_txn: return failed_as<wire::AddPartitionsToTxnResponse>(answer, error);
    case wire::ApiKey::add_offsets_to_txn: return failed_as<wire::AddOffsetsToTxnResponse>(answer, error);
    case wire::ApiKey::end_txn: return failed_as<wire::EndTxnResponse>(answer, error);
    case wire::ApiKey::describe_transactions: return failed_as<wire::DescribeTransactionsResponse>(answer, error);
    case wire::ApiKey::list_transactions: return failed_as<wire::ListTransactionsResponse>(answer, error);
    default: return answer;
  }
}

ErrorCode told(ErrorCode error, const Call& call, std::int16_t since) {
  return error == ErrorCode::producer_fenced && call.version < since ? ErrorCode::invalid_producer_epoch : error;
}

}  // namespace streamline::transactions
