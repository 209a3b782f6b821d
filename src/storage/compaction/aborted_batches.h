// AbortedBatches: which batches of a log belong to aborted transactions: nobody may see them, and they push nothing out. Any thread.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "record/batch.h"
#include "storage/aborted_index.h"

namespace streamline::storage {

class AbortedBatches {
 public:
  AbortedBatches() = default;
  /// Those of one log, whose transactions have all ended where it is asked.
  explicit AbortedBatches(std::span<const AbortedTransaction> transactions);

  /// Of a batch of data.
  bool contains(const record::BatchHeader& header) const;
  /// Of a marker: whether readers are told of the transaction that it ended.
  bool is_ended_by(const record::BatchHeader& header) const;

 private:
  const AbortedTransaction* at_or_before(const record::BatchHeader& header) const;

  std::unordered_map<ProducerId, std::vector<AbortedTransaction>> by_producer_;  // apart from each other, in their order
};

}  // namespace streamline::storage
