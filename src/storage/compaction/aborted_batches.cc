// By producer, then by halving: a producer has one transaction at a time.
#include "storage/compaction/aborted_batches.h"

#include <algorithm>
#include <iterator>

namespace streamline::storage {

AbortedBatches::AbortedBatches(std::span<const AbortedTransaction> transactions) {
  for (const AbortedTransaction& transaction : transactions) by_producer_[transaction.producer_id].push_back(transaction);
  for (auto& [id, own] : by_producer_) std::ranges::sort(own, {}, &AbortedTransaction::first);
}

const AbortedTransaction* AbortedBatches::at_or_before(const record::BatchHeader& header) const {
  const auto found = by_producer_.find(header.producer_id);
  if (found == by_producer_.end()) return nullptr;
  const auto behind = std::ranges::upper_bound(found->second, header.base_offset, {}, &AbortedTransaction::first);
  return behind == found->second.begin() ? nullptr : &*std::prev(behind);
}

bool AbortedBatches::contains(const record::BatchHeader& header) const {
  if (!header.is_transactional()) return false;
  const AbortedTransaction* transaction = at_or_before(header);
  return transaction != nullptr && header.base_offset < transaction->marker;
}

bool AbortedBatches::is_ended_by(const record::BatchHeader& header) const {
  const AbortedTransaction* transaction = at_or_before(header);
  return transaction != nullptr && header.base_offset == transaction->marker;
}

}  // namespace streamline::storage
