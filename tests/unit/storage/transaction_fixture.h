// Producers with transactions, for the tests of logs that hold them.
#pragma once

#include "record/end_marker.h"
#include "unit/storage/fixture.h"

namespace streamline::storage::test {

/// One producer at one log. Sequences go on by themselves.
struct Transactor {
  ProducerId id{0};
  std::int16_t epoch = 0;
  std::int32_t next_sequence = 0;

  /// Asks for a guard as a broker does, appends and gives it back.
  AppendItem write(Log& log, int count = 1, WallTime now = kNow) {
    const GuardRequest request{.id = id, .epoch = epoch, .first_sequence = next_sequence};
    const Result<std::optional<TransactionGuard>> guard = log.transaction_guard(request);
    REQUIRE(guard);
    const AppendItem item = write_under(log, *guard, count, now);
    if (*guard) log.release_transaction_guard(id, **guard);
    return item;
  }
  AppendItem write_under(Log& log, std::optional<TransactionGuard> guard, int count = 1, WallTime now = kNow) {
    std::vector<std::byte> batch =
        make_batch({.count = count, .timestamp = now.ms, .producer = id, .epoch = epoch, .sequence = next_sequence, .transactional = true});
    AppendItem item{.batch = batch, .guard = guard};
    AppendItem* const items[] = {&item};
    static_cast<void>(log.append(items, now));
    item.batch = {};
    if (!item.error) next_sequence += count;
    return item;
  }
  AppendItem end(Log& log, record::TransactionEnd how, std::int32_t coordinator_epoch = 0, WallTime now = kNow) const {
    return append_batch(
        log,
        record::encode_end_marker({.producer_id = id, .producer_epoch = epoch, .end = how, .coordinator_epoch = coordinator_epoch}, now.ms),
        now);
  }
  AppendItem commit(Log& log) const { return end(log, record::TransactionEnd::commit); }
  AppendItem abort(Log& log) const { return end(log, record::TransactionEnd::abort); }
};

/// "producer first-marker" of each, as readers of [from, last stable) are told.
inline std::vector<std::string> aborted(const Log& log, Offset from = Offset(0)) {
  std::vector<std::string> told;
  for (const AbortedTransaction& each : log.aborted_transactions(from, log.last_stable())) {
    told.push_back(std::to_string(each.producer_id.value) + " " + std::to_string(each.first.value) + "-" +
                   std::to_string(each.marker.value));
  }
  return told;
}

}  // namespace streamline::storage::test
