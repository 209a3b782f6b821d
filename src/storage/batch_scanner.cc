// Walks headers through a small window, or one header at a time behind large batches.
#include "storage/batch_scanner.h"

#include <fmt/format.h>

#include <algorithm>

namespace streamline::storage {

Result<std::optional<ScannedBatch>> BatchScanner::next() {
  if (position_ >= end_) return std::optional<ScannedBatch>{};
  Result<ByteView> bytes = header_bytes();
  if (!bytes) return fail_with(std::move(bytes));
  Result<record::BatchHeader> header = record::read_batch_header(*bytes);
  if (!header || position_ + header->size_bytes() > end_) {
    return fail(Errc::corrupt, fmt::format("no whole batch at position {}", position_));
  }
  const ScannedBatch found{*header, position_};
  batches_are_small_ = header->size_bytes() < window_.size();
  position_ = found.end();
  return std::optional(found);
}

Result<ByteView> BatchScanner::header_bytes() {
  const bool inside = position_ >= window_start_ && position_ + record::kBatchHeaderBytes <= window_start_ + window_bytes_;
  if (!inside) {
    // Behind large batches a whole window would be read for one header.
    const std::size_t wanted = batches_are_small_ ? window_.size() : record::kBatchHeaderBytes;
    const std::uint64_t left = end_ - position_;
    Result<std::size_t> got = file_.read_at(position_, MutableBytes(window_).first(std::min<std::uint64_t>(wanted, left)));
    if (!got) return fail_with(std::move(got));
    window_start_ = position_;
    window_bytes_ = *got;
  }
  return ByteView(window_).subspan(position_ - window_start_, window_bytes_ - (position_ - window_start_));
}

}  // namespace streamline::storage
