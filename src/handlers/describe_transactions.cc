// DescribeTransactions (key 65), version 0 (kafka-rules 72).
#include "wire/messages/describe_transactions.h"

#include "handlers/decode.h"
#include "handlers/transaction_request.h"

namespace streamline::handlers {

void describe_transactions(Request& request) {
  using Described = wire::DescribeTransactionsResponse::TransactionState;
  const auto message = decode<wire::DescribeTransactionsRequest>(request);
  if (!message) return;
  wire::DescribeTransactionsResponse response;
  const auto& ids = message->transactional_ids;
  response.transaction_states = request.arena().make_array<Described>(ids.size());
  const auto undescribed = [](std::string_view id, wire::ErrorCode error) {
    return Described{.error_code = static_cast<std::int16_t>(error), .transactional_id = id};
  };
  if (request.may_block()) {
    const wire::ErrorCode error = make_transactions_topic(request);
    for (std::size_t i = 0; i < ids.size(); ++i) response.transaction_states[i] = undescribed(ids[i], error);
    return request.reply(response);
  }
  if (lacks_transactions_topic(request)) return request.continue_on_pool();
  broker::Reading reading(request);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Described& described = response.transaction_states[i];
    const auto describe = [&](auto& shard, auto, auto&) { described = shard.describe(ids[i], request.arena()); };
    const wire::ErrorCode error = reading.of(request.broker().transactions().partition_of(ids[i]), describe);
    if (error != wire::ErrorCode::none) described = undescribed(ids[i], error);
  }
  reading.reply(response);
}

}  // namespace streamline::handlers
