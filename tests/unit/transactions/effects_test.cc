// Answers whose records were not written.
#include "transactions/effects.h"

#include <catch2/catch.hpp>

#include <array>

#include "wire/messages/add_offsets_to_txn.h"
#include "wire/messages/add_partitions_to_txn.h"
#include "wire/messages/describe_transactions.h"
#include "wire/messages/end_txn.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/list_transactions.h"

namespace streamline::transactions {
namespace {

using wire::ApiKey;
using wire::ErrorCode;

constexpr auto kError = ErrorCode::not_coordinator;
constexpr auto kErrorCode = static_cast<std::int16_t>(kError);

/// The response as its client sees it after the append of its turn has failed. Lives as long as `arena` and `failed`.
template <class Response>
Response failed(ApiKey api, std::int16_t version, const Response& response, Arena& arena, Answer& kept) {
  kept = failed_answer(coordinator::encoded_answer({.ticket = Ticket(3), .api = api, .version = version}, response), kError);
  CHECK(kept.ticket == Ticket(3));
  wire::Reader in(kept.body);
  const auto decoded = Response::decode(in, version, arena);
  REQUIRE(decoded);
  return *decoded;
}

TEST_CASE("a producer that was not written is not handed out") {
  Arena arena;
  Answer kept;
  const auto response =
      failed(ApiKey::init_producer_id, 5, wire::InitProducerIdResponse{.producer_id = 7, .producer_epoch = 3}, arena, kept);
  CHECK(response.error_code == kErrorCode);
  CHECK(response.producer_id == -1);
  CHECK(response.producer_epoch == -1);
}

TEST_CASE("an end that was not written has no epoch, and an error stays what it was") {
  Arena arena;
  Answer kept;
  const auto success = failed(ApiKey::end_txn, 5, wire::EndTxnResponse{.producer_id = 7, .producer_epoch = 3}, arena, kept);
  CHECK(success.error_code == kErrorCode);
  CHECK(success.producer_id == -1);
  CHECK(success.producer_epoch == -1);
  CHECK(failed(ApiKey::end_txn, 4, wire::EndTxnResponse{.error_code = 48}, arena, kept).error_code == 48);
}

TEST_CASE("added partitions fail one by one, in both shapes") {
  using Response = wire::AddPartitionsToTxnResponse;
  Arena arena;
  Answer kept;
  std::array<Response::AddPartitionsToTxnPartitionResult, 2> partitions = {
      {{.partition_index = 0}, {.partition_index = 1, .partition_error_code = 3}}};
  std::array<Response::AddPartitionsToTxnTopicResult, 1> topics = {{{.name = "t", .results_by_partition = partitions}}};
  const auto old = failed(ApiKey::add_partitions_to_txn, 3, Response{.results_by_topic_v3_and_below = topics}, arena, kept);
  CHECK(old.results_by_topic_v3_and_below[0].results_by_partition[0].partition_error_code == kErrorCode);
  CHECK(old.results_by_topic_v3_and_below[0].results_by_partition[1].partition_error_code == 3);
  std::array<Response::AddPartitionsToTxnResult, 1> transactions = {{{.transactional_id = "x", .topic_results = topics}}};
  const auto batch = failed(ApiKey::add_partitions_to_txn, 5, Response{.results_by_transaction = transactions}, arena, kept);
  CHECK(batch.results_by_transaction[0].topic_results[0].results_by_partition[0].partition_error_code == kErrorCode);
  CHECK(batch.results_by_transaction[0].topic_results[0].results_by_partition[1].partition_error_code == 3);
}

TEST_CASE("added offsets fail") {
  Arena arena;
  Answer kept;
  CHECK(failed(ApiKey::add_offsets_to_txn, 4, wire::AddOffsetsToTxnResponse{}, arena, kept).error_code == kErrorCode);
}

TEST_CASE("what was shown of a state that is gone is not shown") {
  using Described = wire::DescribeTransactionsResponse;
  using Listed = wire::ListTransactionsResponse;
  Arena arena;
  Answer kept;
  std::array<std::int32_t, 1> partitions = {2};
  std::array<Described::TopicData, 1> topics = {{{.topic = "t", .partitions = partitions}}};
  std::array<Described::TransactionState, 1> states = {{{.transactional_id = "x", .topics = topics}}};
  const auto described = failed(ApiKey::describe_transactions, 0, Described{.transaction_states = states}, arena, kept);
  CHECK(described.transaction_states[0].error_code == kErrorCode);
  CHECK(described.transaction_states[0].topics.empty());
  std::array<Listed::TransactionState, 1> listed = {{{.transactional_id = "x"}}};
  const auto list = failed(ApiKey::list_transactions, 1, Listed{.transaction_states = listed}, arena, kept);
  CHECK(list.error_code == kErrorCode);
  CHECK(list.transaction_states.empty());
}

TEST_CASE("an answer of another coordinator is left as it is") {
  const Answer answer{.ticket = Ticket(1), .api = ApiKey::heartbeat, .version = 0, .body = {std::byte{1}}};
  CHECK(failed_answer(answer, kError).body == answer.body);
}

TEST_CASE("older clients know a fenced producer by its epoch") {
  CHECK(told(ErrorCode::producer_fenced, {.version = 1}, 2) == ErrorCode::invalid_producer_epoch);
  CHECK(told(ErrorCode::producer_fenced, {.version = 2}, 2) == ErrorCode::producer_fenced);
  CHECK(told(ErrorCode::invalid_txn_state, {.version = 0}, 2) == ErrorCode::invalid_txn_state);
}

}  // namespace
}  // namespace streamline::transactions
