// ListTransactions (key 66), versions 0 to 2; v1 by duration, v2 by a pattern of ids (kafka-rules 72).
#include "wire/messages/list_transactions.h"

#include <vector>

#include "handlers/decode.h"
#include "handlers/transaction_request.h"
#include "transactions/listing.h"

namespace streamline::handlers {

void list_transactions(Request& request) {
  const auto message = decode<wire::ListTransactionsRequest>(request);
  if (!message) return;
  wire::ListTransactionsResponse response = transactions::judge_filters(*message, request.arena());
  if (response.error_code != 0) return request.reply(response);
  broker::Reading reading(request);
  std::vector<transactions::ListedTransaction> all;
  for (broker::TransactionPartition& partition : request.broker().transactions().partitions()) {
    if (!partition.may_hold_anything()) continue;
    const auto refused = reading.of(&partition, [&](auto& shard, auto now, auto&) {
      const auto listed = shard.list(*message, now, request.arena());
      all.insert(all.end(), listed.begin(), listed.end());
    });
    // One that cannot say keeps the others from pretending to be everything.
    if (refused != wire::ErrorCode::none) response.error_code = static_cast<std::int16_t>(refused);
  }
  if (response.error_code == 0) response.transaction_states = all;
  reading.reply(response);
}

}  // namespace streamline::handlers
