// Compression of a batch's records: none, gzip, snappy (raw and snappy-java's framing), lz4 (frame), zstd.
// Both classes keep their codec contexts and one output buffer for reuse; an object belongs to one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "record/batch.h"

namespace streamline::record {

/// Stands for the codec's own default level, as Kafka has it: gzip -1 (zlib's 6), lz4 9, zstd 3. Snappy has no levels.
inline constexpr int kDefaultLevel = -2147483647;

/// Lowest and highest level a codec takes (Kafka's compression.gzip.level, …).
struct LevelRange {
  int lowest = 0;
  int highest = 0;
};
LevelRange level_range(Codec codec);

/// Decompressed records of one batch may take this much unless the caller says otherwise.
inline constexpr std::size_t kDefaultMaxPlainBytes = 128 * 1024 * 1024;

class Decompressor {
 public:
  /// `max_plain_bytes` bounds what a batch may grow to; memory follows the real output, never a length field alone.
  explicit Decompressor(std::size_t max_plain_bytes = kDefaultMaxPlainBytes);
  ~Decompressor();
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;

  /// The plain bytes: valid until the next call (codec none hands `compressed` back).
  /// Errors: unsupported_codec, malformed (the codec refuses the bytes), too_large (the limit, named in the text).
  Result<ByteView> decompress(Codec codec, ByteView compressed) { return decompress(codec, compressed, max_plain_bytes()); }
  /// The same with a lower limit.
  Result<ByteView> decompress(Codec codec, ByteView compressed, std::size_t max_plain_bytes);
  std::size_t max_plain_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Compressor {
 public:
  Compressor();
  ~Compressor();
  Compressor(Compressor&&) noexcept;
  Compressor& operator=(Compressor&&) noexcept;

  /// The compressed bytes: valid until the next call (codec none hands `plain` back).
  /// Errors: unsupported_codec, out_of_range (level).
  Result<ByteView> compress(Codec codec, ByteView plain, int level = kDefaultLevel);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace streamline::record
