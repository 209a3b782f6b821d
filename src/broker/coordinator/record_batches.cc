// Cutting a turn's records into batches.
#include "broker/coordinator/record_batches.h"

#include <utility>

namespace streamline::broker {

Status RecordBatches::close_batch() {
  if (builder_.count() == 0) return {};
  auto batch = builder_.finish();
  if (!batch) return fail_with(std::move(batch));
  batches_.push_back(std::move(*batch));
  return {};
}

Status RecordBatches::build(const groups::RecordList& records, const Limits& limits) {
  batches_.clear();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const groups::RecordList::View record = records[i];
    const std::size_t bytes = record.key.size() + (record.value ? record.value->size() : 0) + kRecordOverheadBytes;
    if (builder_.plain_bytes() + bytes > limits.max_batch_bytes) {
      if (Status closed = close_batch(); !closed) return closed;
    }
    builder_.add({.timestamp = limits.wall_ms, .key = record.key, .value = record.value});
  }
  if (Status closed = close_batch(); !closed) return closed;
  appends_.clear();
  items_.clear();
  for (std::vector<std::byte>& batch : batches_) appends_.push_back({.batch = batch});
  for (storage::AppendItem& append : appends_) items_.push_back(&append);
  return {};
}

}  // namespace streamline::broker
