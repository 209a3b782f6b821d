// Answers, orders, records and states as script lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scenario/transactions/transaction_world.h"

namespace streamline::scenario {

/// "a has 1000/0", "a init PRODUCER_FENCED", "a ended NONE 1000/1".
std::string line_of(const TransactionWorld& world, const transactions::Answer& answer);
/// "! 1 commit x 1000/0 t/0,1".
std::string line_of(const transactions::MarkerOrder& order);
/// "+ x Ongoing 1000/0 t/0,1" and "- x".
std::string line_of(const TransactionRecord& record);
/// "x Ongoing 1000/0 t/0,1".
std::string line_of(std::string_view id, const transactions::Transaction& transaction);
/// Everything that a restart would know, one line per id.
std::string durable_text(const transactions::TransactionShard& shard);
/// The producer that an answer gives its caller; none when it gives none.
std::optional<transactions::Producer> producer_in(const transactions::Answer& answer);
/// The answer's only error.
wire::ErrorCode error_in(const transactions::Answer& answer);

}  // namespace streamline::scenario
