// The partitions of open transactions: added by their producers, and asked for before data is taken (rules 60 and 61).
#pragma once

#include <cstdint>
#include <string_view>

#include "transactions/step.h"
#include "wire/messages/add_offsets_to_txn.h"
#include "wire/messages/add_partitions_to_txn.h"

namespace streamline::transactions {

struct PartitionName {
  std::string_view topic{};
  std::int32_t partition = 0;
};

/// One transaction of an AddPartitionsToTxn: its partitions with an error each, all of them or none added. The result lies in
/// `arena`. `version` is the request's.
wire::AddPartitionsToTxnResponse::AddPartitionsToTxnResult add_partitions(
    Step& step, const wire::AddPartitionsToTxnRequest::AddPartitionsToTxnTransaction& request, std::int16_t version, Arena& arena);

/// `offsets` is where the group's offsets are kept.
void add_offsets(Step& step, const wire::AddOffsetsToTxnRequest& request, const PartitionName& offsets, const Call& call);

/// Begins the transaction with the partition, or adds it. Unknown partitions are the caller's to refuse.
wire::ErrorCode add_partition(Step& step, std::string_view id, const Producer& producer, const PartitionName& partition, Protocol protocol);

/// Whether data of `producer` may go to the partition now: TRANSACTION_ABORTABLE when it was not added.
wire::ErrorCode verify_partition(const ShardState& state, std::string_view id, const Producer& producer, const PartitionName& partition);

}  // namespace streamline::transactions
