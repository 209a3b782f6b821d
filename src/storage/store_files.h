// The small files at the top of the data directory: meta.json and producer-ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace streamline::storage {

/// Version of everything below the data directory; another one is refused.
inline constexpr int kFormatVersion = 1;

struct StoreMeta {
  int format_version = kFormatVersion;
  Uuid cluster_id;
  NodeId node_id{0};
  friend bool operator==(const StoreMeta&, const StoreMeta&) = default;
};

std::string encode(const StoreMeta& meta);
/// Errors: corrupt (not the JSON that we write), unsupported (another format version; the text names both).
Result<StoreMeta> decode_store_meta(std::string_view text);

/// First producer id that was never in a block: magic "STID" 4, version 2, reserved 2, next id 8, CRC-32C 4.
std::vector<std::byte> encode_next_producer_id(ProducerId next);
Result<ProducerId> decode_next_producer_id(ByteView bytes);

}  // namespace streamline::storage
