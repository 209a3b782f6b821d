// BatchReader: the whole batches of a complete segment, one after the other, each with its CRC checked. Belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "fs/file.h"
#include "record/batch_walker.h"

namespace streamline::storage {

class BatchReader {
 public:
  /// From the batch that starts at `from` to `end`, where the last batch ends.
  BatchReader(const fs::File& file, std::uint64_t from, std::uint64_t end) : file_(file), position_(from), end_(end) {}

  /// The next batch, a view until the next call; nothing at the end. Errors: corrupt (no whole batch, a wrong CRC), io.
  Result<std::optional<record::BatchView>> next();
  std::uint64_t position() const { return position_; }

 private:
  Result<ByteView> bytes_at(std::uint64_t position, std::size_t wanted);

  const fs::File& file_;
  std::uint64_t position_;
  const std::uint64_t end_;
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_start_ = 0;
  std::size_t buffer_bytes_ = 0;
};

}  // namespace streamline::storage
