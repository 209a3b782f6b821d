// SegmentHeader: the first 64 bytes of a segment file, little-endian. Written when the file is made and once when it is sealed.
// It carries no truth that the file's name and batches do not: a damaged one is made anew.
// Layout: magic "STRM" 4, version 2, flags 2, base offset 8, max offset 8, base timestamp 8, max timestamp 8, record count 4, codec 1,
// reserved 3, leader epoch 4, topic-id hash 8, CRC-32C of the first 60 bytes 4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace streamline::storage {

inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::uint16_t kSegmentVersion = 2;

inline constexpr std::uint16_t kVerbatimFlag = 1;
inline constexpr std::uint16_t kSealedFlag = 2;
/// Zeros may lie behind the last batch; never in a sealed segment.
inline constexpr std::uint16_t kPrewrittenTailFlag = 4;

/// Batches of several codecs, or none yet.
inline constexpr std::uint8_t kMixedCodec = 255;

struct SegmentHeader {
  std::uint16_t flags = kVerbatimFlag;
  Offset base_offset{0};
  /// base offset - 1 until sealed.
  Offset max_offset{-1};
  /// Wall time of the file's making: the segment's age counts from it.
  std::int64_t base_timestamp = -1;
  /// Highest record timestamp; -1 until sealed.
  std::int64_t max_timestamp = -1;
  std::uint32_t record_count = 0;
  std::uint8_t codec = kMixedCodec;
  LeaderEpoch leader_epoch{0};
  std::uint64_t topic_hash = 0;

  bool is_sealed() const { return (flags & kSealedFlag) != 0; }
  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

std::array<std::byte, kSegmentHeaderBytes> encode(const SegmentHeader& header);
/// Errors: malformed (short, no magic), corrupt (CRC), unsupported (another version).
Result<SegmentHeader> decode_segment_header(ByteView bytes);

/// Both halves of the id, mixed: enough to notice a file of another topic.
std::uint64_t topic_hash(const TopicId& id);

}  // namespace streamline::storage
