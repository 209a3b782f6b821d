// SegmentScan: reads a segment's uncertain part batch by batch with its CRCs, and says how the certain part ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "fs/file.h"
#include "storage/batch_scanner.h"

namespace streamline::storage {

enum class TailKind : std::uint8_t {
  complete,  ///< the file ends where a batch ends
  zeros,     ///< then only zeros follow: blocks written ahead
  torn,      ///< then follows part of a batch: a crash interrupted the write
  damaged,   ///< whole batches lie behind bytes that are none
};

struct Tail {
  TailKind kind = TailKind::complete;
  std::uint64_t good_batches_behind = 0;
  /// Of those batches.
  Offset first_offset = kNoOffset;
  Offset last_offset = kNoOffset;
};

/// Belongs to one thread.
class SegmentScan {
 public:
  /// `from` is a border; the batch there has `expected` or a higher base offset.
  SegmentScan(const fs::File& file, std::uint64_t from, std::uint64_t file_bytes, Offset expected)
      : file_(file), position_(from), end_(file_bytes), expected_(expected) {}

  /// The next batch whose length, offsets and CRC are right; nothing where no such batch follows.
  Result<std::optional<ScannedBatch>> next();
  std::uint64_t position() const { return position_; }
  /// After next() gave nothing: what lies behind.
  Result<Tail> judge_tail();
  /// Whether nothing but zeros lies behind position().
  Result<bool> only_zeros();
  /// Where the first whole batch starts at or behind `from`, whose offset may follow in this segment; looks at every byte.
  Result<std::optional<std::uint64_t>> find_batch(std::uint64_t from);

 private:
  Result<ByteView> bytes_at(std::uint64_t position, std::size_t wanted);
  Result<std::optional<ScannedBatch>> batch_at(std::uint64_t position, Offset expected);

  const fs::File& file_;
  std::uint64_t position_;
  std::uint64_t end_;
  Offset expected_;
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_start_ = 0;
  std::size_t buffer_bytes_ = 0;
};

}  // namespace streamline::storage
