// AddOffsetsToTxn (key 25), versions 0 to 4: the partition that keeps a group's offsets becomes part of the transaction.
// v2 PRODUCER_FENCED, v3 flexible.
#include "wire/messages/add_offsets_to_txn.h"

#include "handlers/decode.h"
#include "handlers/group_request.h"
#include "handlers/transaction_request.h"

namespace streamline::handlers {

void add_offsets_to_txn(Request& request) {
  const auto message = decode<wire::AddOffsetsToTxnRequest>(request);
  if (!message) return;
  const auto refused = [](wire::ErrorCode error) {
    wire::AddOffsetsToTxnResponse response;
    response.error_code = static_cast<std::int16_t>(error);
    return response;
  };
  const broker::GroupPartition* offsets = request.broker().groups().partition_of(message->group_id);
  if (offsets == nullptr) {
    if (!request.may_block()) return request.continue_on_pool();
    return request.reply(refused(make_groups_topic(request)));
  }
  const transactions::PartitionName name{.topic = broker::kGroupsTopic, .partition = offsets->index()};
  run_on_transaction(request, message->transactional_id, refused, [&](auto& shard, const auto& call, auto now, auto& effects) {
    shard.add_offsets(*message, name, call, now, effects);
  });
}

}  // namespace streamline::handlers
