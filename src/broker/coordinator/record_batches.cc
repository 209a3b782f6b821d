// Cutting a turn's records into batches.
#include "broker/coordinator/record_batches.h"

#include <algorithm>
#include <utility>

namespace streamline::broker {

Status RecordBatches::close_batch() {
  if (builder_.count() == 0) return {};
  auto batch = builder_.finish();
  if (!batch) return fail_with(std::move(batch));
  batches_.push_back(std::move(*batch));
  producers_.push_back(writer_.id);
  return {};
}

Status RecordBatches::build(const coordinator::RecordList& records, const Limits& limits, std::span<const HeldGuard> guards) {
  batches_.clear();
  producers_.clear();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const coordinator::RecordList::View record = records[i];
    const std::size_t bytes = record.key.size() + (record.value ? record.value->size() : 0) + kRecordOverheadBytes;
    if (builder_.plain_bytes() + bytes > limits.max_batch_bytes || record.writer != writer_) {
      if (Status closed = close_batch(); !closed) return closed;
    }
    if (record.writer != writer_) {
      writer_ = record.writer;
      builder_.set_options({.producer_id = writer_.id, .producer_epoch = writer_.epoch, .transactional = writer_.id != kNoProducerId});
    }
    builder_.add({.timestamp = limits.wall_ms, .key = record.key, .value = record.value});
  }
  if (Status closed = close_batch(); !closed) return closed;
  appends_.clear();
  items_.clear();
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    const auto held = std::ranges::find(guards, producers_[i], &HeldGuard::producer);
    const bool is_held = producers_[i] != kNoProducerId && held != guards.end();
    appends_.push_back({.batch = batches_[i], .guard = is_held ? std::optional(held->guard) : std::nullopt});
  }
  for (storage::AppendItem& append : appends_) items_.push_back(&append);
  return {};
}

}  // namespace streamline::broker
