// RecordBatches: the records that a turn's operations want written, as batches for the log. Kept for its memory by its owner,
// and belongs to whoever holds that owner's lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "coordinator/record_list.h"
#include "record/batch_builder.h"
#include "storage/append.h"

namespace streamline::broker {

/// What a record takes in a batch beside its key and its value, at most; and what a batch takes beside its records.
inline constexpr std::size_t kRecordOverheadBytes = 32;
inline constexpr std::size_t kBatchOverheadBytes = 128;

/// Taken before the coordinator of a producer's transaction was asked; goes with that producer's records of the turn.
struct HeldGuard {
  ProducerId producer = kNoProducerId;
  storage::TransactionGuard guard{};
};

class RecordBatches {
 public:
  struct Limits {
    /// max.message.bytes of the topic: a batch is closed before it would grow beyond.
    std::size_t max_batch_bytes = 0;
    /// The time that every record carries.
    std::int64_t wall_ms = 0;
  };
  /// One batch, or several cut between records; those of a transaction are apart from all others. Errors: BatchBuilder::finish's.
  Status build(const coordinator::RecordList& records, const Limits& limits, std::span<const HeldGuard> guards = {});
  /// Valid until the next build().
  std::span<storage::AppendItem* const> items() const { return items_; }

 private:
  Status close_batch();

  record::BatchBuilder builder_;
  coordinator::TransactionalWriter writer_;  // of the batch in builder_
  std::vector<std::vector<std::byte>> batches_;
  std::vector<ProducerId> producers_;  // of each batch; none outside of transactions
  std::vector<storage::AppendItem> appends_;
  std::vector<storage::AppendItem*> items_;
};

}  // namespace streamline::broker
