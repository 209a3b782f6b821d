// Reads in steps of 1 MiB; behind a bad place the storage engine's own search finds the next good batch.
#include "inspect/batch_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/segment_scan.h"

namespace streamline::inspect {
namespace {
constexpr std::uint64_t kStepBytes = 1U << 20U;
// No log comes here; what is behind it could not be counted on.
constexpr Offset kBeyondAll{INT64_MAX - (std::int64_t{1} << 32U)};
}  // namespace

Result<ByteView> BatchReader::bytes_at(std::uint64_t position, std::uint64_t wanted) {
  wanted = std::min(wanted, end_ - std::min(end_, position));
  if (position < buffer_start_ || position + wanted > buffer_start_ + buffer_bytes_) {
    const std::uint64_t step = std::min(std::max(wanted, kStepBytes), end_ - position);
    if (buffer_.size() < step) buffer_.resize(step);
    Result<std::size_t> got = file_.read_at(position, MutableBytes(buffer_).first(step));
    if (!got) return fail_with(std::move(got));
    buffer_start_ = position;
    buffer_bytes_ = *got;
  }
  const std::size_t from = std::min(static_cast<std::size_t>(position - buffer_start_), buffer_bytes_);
  return ByteView(buffer_).subspan(from, std::min<std::uint64_t>(buffer_bytes_ - from, wanted));
}

/// What stands at `position`: a batch, or a torn piece of which only the reason and perhaps the header are known.
Result<Piece> BatchReader::look_at(std::uint64_t position) {
  Piece piece{.kind = PieceKind::torn, .position = position};
  Result<ByteView> head = bytes_at(position, record::kBatchHeaderBytes);
  if (!head) return fail_with(std::move(head));
  Result<record::BatchHeader> header = record::read_batch_header(*head);
  if (!header) {
    piece.reason = std::move(header).error().text;
    return piece;
  }
  if (position + header->size_bytes() > end_) {
    piece.reason = fmt::format("a batch of {} bytes where {} are left", header->size_bytes(), end_ - position);
    return piece;
  }
  piece.header = *header;
  Result<ByteView> bytes = bytes_at(position, header->size_bytes());
  if (!bytes) return fail_with(std::move(bytes));
  if (bytes->size() != header->size_bytes()) {
    piece.reason = "the file became shorter while it was read";
  } else if (Status checked = record::check_crc(*bytes); !checked) {
    piece.reason = std::move(checked).error().text;
  } else if (header->base_offset < expected_) {
    piece.reason = fmt::format("offset {} where {} or more is due", header->base_offset.value, expected_.value);
  } else if (header->base_offset - expected_ > INT32_MAX || header->base_offset >= kBeyondAll) {
    // The base offset is not under the CRC.
    piece.reason = fmt::format("offset {}, which lies too far behind {} for one segment", header->base_offset.value, expected_.value);
  } else {
    piece.kind = PieceKind::batch;
    piece.size = header->size_bytes();
    piece.bytes = *bytes;
  }
  return piece;
}

/// Where the next batch behind the bad place starts. A batch right behind the header's length is asked first, so that batches that
/// are only contents of records are not taken for the log's.
Result<std::optional<std::uint64_t>> BatchReader::find_good(const Piece& bad) {
  if (bad.header) {
    const std::uint64_t behind = bad.position + bad.header->size_bytes();
    Result<Piece> next = look_at(behind);
    if (!next) return fail_with(std::move(next));
    if (next->kind == PieceKind::batch) return std::optional(behind);
  }
  storage::SegmentScan scan(file_, bad.position, end_, expected_);
  return scan.find_batch(bad.position + 1);
}

Result<std::optional<Piece>> BatchReader::next() {
  if (position_ >= end_) return std::optional<Piece>{};
  Result<Piece> found = look_at(position_);
  if (!found) return fail_with(std::move(found));
  if (found->kind == PieceKind::batch) {
    expected_ = found->header->next_offset();
    position_ = found->end();
    return std::optional(std::move(*found));
  }
  Result<std::optional<std::uint64_t>> good = find_good(*found);
  if (!good) return fail_with(std::move(good));
  if (*good) {
    found->kind = PieceKind::damaged;
    found->size = **good - position_;
  } else {
    found->size = end_ - position_;
    storage::SegmentScan scan(file_, position_, end_, expected_);
    Result<bool> zeros = scan.only_zeros();
    if (!zeros) return fail_with(std::move(zeros));
    if (*zeros) found->kind = PieceKind::zeros;
  }
  position_ = found->end();
  return std::optional(std::move(*found));
}

}  // namespace streamline::inspect
