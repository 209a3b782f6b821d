// Transactions in a history: what is written in them, and what readers of committed data must be told after each start.
#include <fmt/format.h>

#include <algorithm>

#include "crash/workload.h"

namespace streamline::storage::crash {

/// Data, or an end: more often when something is open, sometimes when nothing is.
SentBatch Workload::next_transactional(const LogState& state, std::int64_t transactor, std::map<std::int64_t, std::int32_t>& sequences) {
  const bool is_open = transactions_of(state).open.contains(transactor);
  SentBatch one = next_batch(state, sequences);
  sequences[one.producer.value] -= one.count;
  one.producer = ProducerId(transactor);
  one.transactional = true;
  if (pick(is_open ? 2 : 10) == 0) {
    one.end = pick(2) == 0 ? record::TransactionEnd::abort : record::TransactionEnd::commit;
    one.records.clear();
    one.count = 1;
    one.sequence = record::kNoSequence;
  } else {
    one.sequence = sequences[transactor];
    sequences[transactor] += one.count;
  }
  return one;
}

Workload::Transactions Workload::transactions_of(const LogState& state) {
  std::vector<const SentBatch*> in_order;
  for (const SentBatch& batch : state.sent) {
    if (batch.transactional && !batch.failed) in_order.push_back(&batch);
  }
  std::ranges::sort(in_order, {}, [](const SentBatch* batch) { return batch->offset; });
  Transactions transactions;
  for (const SentBatch* batch : in_order) {
    if (!batch->end) {
      transactions.open.try_emplace(batch->producer.value, batch->offset);
      continue;
    }
    const auto open = transactions.open.find(batch->producer.value);
    if (open == transactions.open.end()) continue;
    if (*batch->end == record::TransactionEnd::abort) {
      transactions.aborted.push_back({.producer_id = batch->producer, .first = Offset(open->second), .marker = Offset(batch->offset)});
    }
    transactions.open.erase(open);
  }
  return transactions;
}

bool Workload::Transactions::is_aborted(const SentBatch& batch) const {
  return batch.transactional && std::ranges::any_of(aborted, [&](const AbortedTransaction& each) {
           return each.producer_id == batch.producer && each.first.value <= batch.offset && batch.offset < each.marker.value;
         });
}

bool Workload::Transactions::is_told_of(const SentBatch& marker) const {
  return std::ranges::any_of(aborted, [&](const AbortedTransaction& each) { return each.marker.value == marker.offset; });
}

/// Rules 64 and 65. The log shows all that it holds.
bool Workload::check_transactions(const LogState& state) {
  const Log& log = *state.log;
  Transactions transactions = transactions_of(state);
  Offset stable = log.high_watermark();
  for (const auto& [producer, first] : transactions.open) {
    stable = std::min(stable, std::max(Offset(first), log.log_start()));
    if (!log.is_transaction_open(ProducerId(producer), 0))
      return wrong(fmt::format("the transaction of {} since {} is forgotten", producer, first));
  }
  if (log.last_stable() != stable) return wrong(fmt::format("last stable offset {}, not {}", log.last_stable().value, stable.value));
  // Of one whose records are all gone nobody need be told.
  const std::vector<AbortedTransaction> told = log.aborted_transactions(log.log_start(), stable);
  for (const AbortedTransaction& each : told) {
    const bool is_true = std::ranges::any_of(transactions.aborted, [&](const AbortedTransaction& sent) {
      return sent.producer_id == each.producer_id && sent.marker == each.marker && sent.first <= each.first;
    });
    if (!is_true) return wrong(fmt::format("an abort at {} is told that never was", each.marker.value));
  }
  const std::int64_t whole_from = std::max(log.log_start().value, state.cleaned_end);
  for (const SentBatch& batch : state.sent) {
    if (batch.failed || batch.end || batch.offset < whole_from || batch.offset >= stable.value || !transactions.is_aborted(batch)) continue;
    const bool is_told = std::ranges::any_of(told, [&](const AbortedTransaction& each) {
      return each.producer_id == batch.producer && each.first.value <= batch.offset && batch.offset < each.marker.value;
    });
    if (!is_told) return wrong(fmt::format("nobody is told that the batch at offset {} was aborted", batch.offset));
  }
  told_aborts_ += told.size();
  held_back_ += transactions.open.size();
  return true;
}

}  // namespace streamline::storage::crash
