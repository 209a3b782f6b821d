// TxnOffsetCommit (key 28), versions 0 to 5: offsets that count once their transaction has ended well (kafka-rules 61, 69).
// v2 leader epochs, v3 members (KIP-447) and flexible, v4 TRANSACTION_ABORTABLE, v5 adds the group to the transaction (KIP-890).
#include "wire/messages/txn_offset_commit.h"

#include "broker/coordinator/transactional_commits.h"
#include "broker/topic_partitions.h"
#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

namespace {

using Message = wire::TxnOffsetCommitRequest;
using wire::ErrorCode;

/// Whether any part of the request is about a partition that is there: otherwise no transaction is begun for it.
bool names_something(Request& request, const Message& message) {
  const auto topics = request.broker().catalog().snapshot();
  for (const auto& asked : message.topics) {
    const catalog::Topic* topic = topics->find(asked.name);
    if (topic == nullptr) continue;
    for (const auto& partition : asked.partitions) {
      if (broker::find_partition(*topic, partition.partition_index) != nullptr) return true;
    }
  }
  return false;
}

}  // namespace

void txn_offset_commit(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  const auto refuse = [&](ErrorCode error) { request.reply(broker::refused_commit(*message, error, request.arena())); };
  if (request.may_block()) return refuse(make_groups_topic(request));
  if (!names_something(request, *message)) return refuse(ErrorCode::unknown_topic_or_partition);
  if (message->group_id.empty()) return refuse(ErrorCode::invalid_group_id);
  if (message->transactional_id.empty()) return refuse(ErrorCode::invalid_request);
  broker::GroupPartition* partition = request.broker().groups().partition_of(message->group_id);
  if (partition == nullptr) return request.continue_on_pool();
  request.shard().transactional_commits().begin(request, *message, *partition);
}

}  // namespace streamline::handlers
