// A v2 record batch of an exact size, hand-encoded, so that every server gets the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"

namespace streamline::bench {

struct BatchSpec {
  std::size_t batch_bytes = 16384;     ///< whole batch, header included; hit exactly
  std::size_t value_bytes = 100;       ///< of each record but the last, which takes what is left
  std::int64_t base_timestamp_ms = 0;  ///< CreateTime of all records
};

struct Batch {
  std::vector<std::byte> bytes;
  std::int32_t records = 0;
};

/// Uncompressed, no keys, no headers, no producer id, base offset 0, CRC-32C set. Values are printable noise.
/// Errc::out_of_range when the size cannot hold one record.
Result<Batch> build_batch(const BatchSpec& spec);

inline constexpr std::size_t kBatchHeader = 61;  ///< bytes before the first record
inline constexpr std::size_t kCrcAt = 17;        ///< position of the CRC, which covers all bytes after it
inline constexpr std::size_t kLastOffsetDeltaAt = 23;

}  // namespace streamline::bench
