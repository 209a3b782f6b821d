// CRC-32C (Castagnoli), the checksum of record batches, segment headers and checkpoints.
// The baseline uses the SSE4.2 instruction on three interleaved chains; wide carry-less multiplication is used where the
// processor has it. Any thread may call these.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace streamline {

/// Checksum of `bytes`; `seed` is the checksum of what came before: crc32c(b, crc32c(a)) == crc32c(a followed by b).
std::uint32_t crc32c(ByteView bytes, std::uint32_t seed = 0);

/// Checksum of A followed by B, from crc32c(A), crc32c(B) and B's length, without the bytes.
std::uint32_t crc32c_combine(std::uint32_t crc_a, std::uint32_t crc_b, std::size_t bytes_of_b);

/// The same function without the wide multiplication, as processors that lack it run it.
std::uint32_t crc32c_baseline(ByteView bytes, std::uint32_t seed = 0);

/// The same function, one table look-up per byte: the reference that the fast ways are tested against.
std::uint32_t crc32c_bytewise(ByteView bytes, std::uint32_t seed = 0);

}  // namespace streamline
