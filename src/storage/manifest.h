// The file `manifest`: one checkpoint of all partitions, so that a start reads one file.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "storage/log_state.h"

namespace streamline::storage {

struct Manifest {
  /// Boot during which the file was written.
  std::uint64_t boot_hash = 0;
  std::vector<ManifestEntry> entries;
};

/// Layout, little-endian: magic "STMF" 4, version 2, reserved 2, boot hash 8, count 4; per partition: topic id 16, partition 4, leader
/// epoch 4, log start 8, recovery point 8, end 8, boot hash 8, active base 8, active bytes 4, flags 4 (1 = no producers, 2 = sync failed),
/// at rest: bytes 8, oldest bytes 8, oldest ms 8, active since ms 8; first unstable offset 8; CRC-32C 4. Version 1 ends before the rest,
/// version 2 before the unstable offset; both are read too.
std::vector<std::byte> encode(const Manifest& manifest);
/// Errors: corrupt, unsupported (another version).
Result<Manifest> decode_manifest(ByteView bytes);

}  // namespace streamline::storage
