// BatchScanner: the batch headers of a segment file one after the other, by reads of a few KiB; no CRC is checked.
// Belongs to one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "fs/file.h"
#include "record/batch.h"

namespace streamline::storage {

struct ScannedBatch {
  record::BatchHeader header;
  std::uint64_t position = 0;
  std::uint64_t end() const { return position + header.size_bytes(); }
};

class BatchScanner {
 public:
  /// From the batch that starts at `from` to `end`, where the last batch ends.
  BatchScanner(const fs::File& file, std::uint64_t from, std::uint64_t end) : file_(file), position_(from), end_(end) {}

  /// The next batch; nothing at the end. corrupt where no whole batch follows; then position() is that place.
  Result<std::optional<ScannedBatch>> next();
  std::uint64_t position() const { return position_; }

 private:
  Result<ByteView> header_bytes();

  const fs::File& file_;
  std::uint64_t position_;
  std::uint64_t end_;
  std::uint64_t window_start_ = 0;
  std::size_t window_bytes_ = 0;
  bool batches_are_small_ = true;
  std::array<std::byte, 4096> window_;
};

}  // namespace streamline::storage
