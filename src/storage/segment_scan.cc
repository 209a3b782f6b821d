// Reads in large steps and checks every CRC; behind the last good batch it looks for another at every byte.
#include "storage/segment_scan.h"

#include <algorithm>

namespace streamline::storage {
namespace {
// One read of the scan: large enough for the disk, small enough to stay near the processor.
constexpr std::size_t kStepBytes = 1U << 20U;
constexpr std::size_t kMagicAt = 16;

/// Offsets of one segment lie within 2^31. The base offset is not under the CRC, so that it may be anything.
bool may_follow(Offset base, Offset expected) { return base >= expected && base - expected <= INT32_MAX; }
}  // namespace

Result<ByteView> SegmentScan::bytes_at(std::uint64_t position, std::size_t wanted) {
  wanted = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, end_ - std::min(end_, position)));
  if (position < buffer_start_ || position + wanted > buffer_start_ + buffer_bytes_) {
    const std::size_t step = static_cast<std::size_t>(std::min<std::uint64_t>(std::max(wanted, kStepBytes), end_ - position));
    if (buffer_.size() < step) buffer_.resize(step);
    Result<std::size_t> got = file_.read_at(position, MutableBytes(buffer_).first(step));
    if (!got) return fail_with(std::move(got));
    buffer_start_ = position;
    buffer_bytes_ = *got;
  }
  const std::size_t from = static_cast<std::size_t>(position - buffer_start_);
  return ByteView(buffer_).subspan(from, std::min(buffer_bytes_ - from, wanted));
}

Result<std::optional<ScannedBatch>> SegmentScan::batch_at(std::uint64_t position, Offset expected) {
  const std::optional<ScannedBatch> nothing;
  Result<ByteView> head = bytes_at(position, record::kBatchHeaderBytes);
  if (!head) return fail_with(std::move(head));
  const Result<record::BatchHeader> header = record::read_batch_header(*head);
  if (!header || !may_follow(header->base_offset, expected) || position + header->size_bytes() > end_) return nothing;
  Result<ByteView> batch = bytes_at(position, header->size_bytes());
  if (!batch) return fail_with(std::move(batch));
  if (batch->size() != header->size_bytes() || !record::check_crc(*batch)) return nothing;
  return std::optional(ScannedBatch{*header, position});
}

Result<std::optional<ScannedBatch>> SegmentScan::next() {
  Result<std::optional<ScannedBatch>> batch = batch_at(position_, expected_);
  if (batch && *batch) {
    position_ = (*batch)->end();
    expected_ = (*batch)->header.next_offset();
  }
  return batch;
}

Result<Tail> SegmentScan::judge_tail() {
  if (position_ >= end_) return Tail{};
  Result<bool> zeros = only_zeros();
  if (!zeros) return fail_with(std::move(zeros));
  if (*zeros) return Tail{.kind = TailKind::zeros};
  Tail tail{.kind = TailKind::torn};
  std::uint64_t from = position_ + 1;
  for (;;) {
    Result<std::optional<std::uint64_t>> found = find_batch(from);
    if (!found) return fail_with(std::move(found));
    if (!*found) return tail;
    tail.kind = TailKind::damaged;
    ++tail.good_batches_behind;
    Result<std::optional<ScannedBatch>> batch = batch_at(**found, expected_);
    if (!batch) return fail_with(std::move(batch));
    if (*batch) {
      if (tail.first_offset == kNoOffset) tail.first_offset = (*batch)->header.base_offset;
      tail.last_offset = (*batch)->header.last_offset();
    }
    from = *batch ? (*batch)->end() : **found + 1;
  }
}

Result<bool> SegmentScan::only_zeros() {
  for (std::uint64_t at = position_; at < end_;) {
    Result<ByteView> bytes = bytes_at(at, kStepBytes);
    if (!bytes) return fail_with(std::move(bytes));
    if (std::ranges::any_of(*bytes, [](std::byte b) { return b != std::byte{0}; })) return false;
    if (bytes->empty()) break;
    at += bytes->size();
  }
  return true;
}

Result<std::optional<std::uint64_t>> SegmentScan::find_batch(std::uint64_t from) {
  const std::optional<std::uint64_t> nothing;
  while (from + record::kBatchHeaderBytes <= end_) {
    Result<ByteView> bytes = bytes_at(from, kStepBytes);
    if (!bytes) return fail_with(std::move(bytes));
    if (bytes->size() < record::kBatchHeaderBytes) return nothing;
    const std::size_t places = bytes->size() - record::kBatchHeaderBytes + 1;
    for (std::size_t i = 0; i < places; ++i) {
      const std::byte* at = bytes->data() + i;
      // Only what may be a batch of this segment is worth a CRC.
      if (at[kMagicAt] != std::byte{2}) continue;
      if (!may_follow(Offset(load_be<std::int64_t>(at)), expected_)) continue;
      Result<std::optional<ScannedBatch>> batch = batch_at(from + i, expected_);
      if (!batch) return fail_with(std::move(batch));
      if (*batch) return std::optional(from + i);
      // The look may have moved the buffer.
      bytes = bytes_at(from, kStepBytes);
      if (!bytes) return fail_with(std::move(bytes));
    }
    from += places;
  }
  return nothing;
}

}  // namespace streamline::storage
