// Reads in steps of a mebibyte.
#include "storage/compaction/batch_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace streamline::storage {
namespace {
constexpr std::size_t kStepBytes = 1U << 20U;
}

Result<ByteView> BatchReader::bytes_at(std::uint64_t position, std::size_t wanted) {
  if (position < buffer_start_ || position + wanted > buffer_start_ + buffer_bytes_) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(std::max(wanted, kStepBytes), end_ - position));
    if (buffer_.size() < step) buffer_.resize(step);
    Result<std::size_t> got = file_.read_at(position, MutableBytes(buffer_).first(step));
    if (!got) return fail_with(std::move(got));
    buffer_start_ = position;
    buffer_bytes_ = *got;
  }
  const auto from = static_cast<std::size_t>(position - buffer_start_);
  return ByteView(buffer_).subspan(from, std::min(buffer_bytes_ - from, wanted));
}

Result<std::optional<record::BatchView>> BatchReader::next() {
  const std::optional<record::BatchView> nothing;
  if (position_ >= end_) return nothing;
  const std::uint64_t left = end_ - position_;
  Result<ByteView> head = bytes_at(position_, static_cast<std::size_t>(std::min<std::uint64_t>(record::kBatchHeaderBytes, left)));
  if (!head) return fail_with(std::move(head));
  const Result<record::BatchHeader> header = record::read_batch_header(*head);
  if (!header || header->size_bytes() > left) return fail(Errc::corrupt, fmt::format("no whole batch at position {}", position_));
  Result<ByteView> bytes = bytes_at(position_, header->size_bytes());
  if (!bytes) return fail_with(std::move(bytes));
  if (bytes->size() != header->size_bytes() || !record::check_crc(*bytes)) {
    return fail(Errc::corrupt, fmt::format("the batch at offset {}, position {}, fails its CRC", header->base_offset.value, position_));
  }
  position_ += header->size_bytes();
  return std::optional(record::BatchView{.header = *header, .bytes = *bytes});
}

}  // namespace streamline::storage
