// BatchReader: everything in a file of batches from front to back: whole batches with a right CRC and rising offsets, and the
// stretches between them that are none. Belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "fs/file.h"
#include "record/batch.h"

namespace streamline::inspect {

enum class PieceKind : std::uint8_t {
  batch,    ///< whole, its CRC right, its offset at or behind the last one's end
  damaged,  ///< no batch, and there are good ones behind it
  torn,     ///< no batch, and nothing good behind it: the end of the file
  zeros,    ///< only zeros up to the end: blocks written ahead
};

struct Piece {
  PieceKind kind = PieceKind::batch;
  std::uint64_t position = 0;
  std::uint64_t size = 0;
  /// Of a batch; of anything else what stands there, when it looks like a header and lies within the file.
  std::optional<record::BatchHeader> header = {};
  /// The whole batch, until the next call; empty for the rest.
  ByteView bytes = {};
  /// Why it is no batch.
  std::string reason = {};
  std::uint64_t end() const { return position + size; }
};

class BatchReader {
 public:
  /// [from, end) of the file; the first batch has `expected` or a higher offset.
  BatchReader(const fs::File& file, std::uint64_t from, std::uint64_t end, Offset expected)
      : file_(file), position_(from), end_(end), expected_(expected) {}

  /// Nothing at the end. Errors: the file's.
  Result<std::optional<Piece>> next();
  std::uint64_t position() const { return position_; }
  /// Behind the last whole batch so far.
  Offset next_offset() const { return expected_; }

 private:
  Result<ByteView> bytes_at(std::uint64_t position, std::uint64_t wanted);
  Result<Piece> look_at(std::uint64_t position);
  Result<std::optional<std::uint64_t>> find_good(const Piece& bad);

  const fs::File& file_;
  std::uint64_t position_;
  const std::uint64_t end_;
  Offset expected_;
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_start_ = 0;
  std::size_t buffer_bytes_ = 0;
};

}  // namespace streamline::inspect
