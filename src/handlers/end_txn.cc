// EndTxn (key 26), versions 0 to 5; v2 PRODUCER_FENCED, v3 flexible, v5 a new epoch with every end (kafka-rules 66 and 67).
// Answered when every marker is written: the producer's next transaction finds nothing under way.
#include "wire/messages/end_txn.h"

#include "handlers/decode.h"
#include "handlers/transaction_request.h"

namespace streamline::handlers {

void end_txn(Request& request) {
  const auto message = decode<wire::EndTxnRequest>(request);
  if (!message) return;
  const auto refused = [](wire::ErrorCode error) {
    wire::EndTxnResponse response;
    response.error_code = static_cast<std::int16_t>(error);
    return response;
  };
  run_on_transaction(request, message->transactional_id, refused,
                     [&](auto& shard, const auto& call, auto now, auto& effects) { shard.end_transaction(*message, call, now, effects); });
}

}  // namespace streamline::handlers
