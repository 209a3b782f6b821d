// DescribeTransactions and ListTransactions: what administrators see.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "transactions/shard_state.h"
#include "wire/messages/describe_transactions.h"
#include "wire/messages/list_transactions.h"

namespace streamline::transactions {

using DescribedTransaction = wire::DescribeTransactionsResponse::TransactionState;
using ListedTransaction = wire::ListTransactionsResponse::TransactionState;

DescribedTransaction describe(const ShardState& state, std::string_view id, Arena& arena);

/// The transactions that pass every filter of the request.
std::vector<ListedTransaction> list(const ShardState& state, const wire::ListTransactionsRequest& request, std::int64_t wall_ms,
                                    Arena& arena);

/// What the filters themselves are answered with, apart from any transaction: names of no state, and INVALID_REGULAR_EXPRESSION for
/// a pattern that RE2 does not read. Without transactions.
wire::ListTransactionsResponse judge_filters(const wire::ListTransactionsRequest& request, Arena& arena);

}  // namespace streamline::transactions
