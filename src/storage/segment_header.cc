// Bytes of the segment header.
#include "storage/segment_header.h"

#include <fmt/format.h>

#include "base/crc32c.h"

namespace streamline::storage {
namespace {
constexpr std::uint32_t kMagic = 0x4d525453;  // "STRM" when stored little-endian
constexpr std::size_t kCrcAt = 60;
static_assert(4 + 2 + 2 + 8 + 8 + 8 + 8 + 4 + 1 + 3 + 4 + 8 == kCrcAt);
static_assert(kCrcAt + 4 == kSegmentHeaderBytes);
}  // namespace

std::array<std::byte, kSegmentHeaderBytes> encode(const SegmentHeader& header) {
  std::array<std::byte, kSegmentHeaderBytes> bytes{};
  std::byte* at = bytes.data();
  store_le(at, kMagic);
  store_le(at + 4, kSegmentVersion);
  store_le(at + 6, header.flags);
  store_le(at + 8, header.base_offset.value);
  store_le(at + 16, header.max_offset.value);
  store_le(at + 24, header.base_timestamp);
  store_le(at + 32, header.max_timestamp);
  store_le(at + 40, header.record_count);
  store_le(at + 44, header.codec);
  store_le(at + 48, header.leader_epoch.value);
  store_le(at + 52, header.topic_hash);
  store_le(at + kCrcAt, crc32c(ByteView(bytes).first(kCrcAt)));
  return bytes;
}

Result<SegmentHeader> decode_segment_header(ByteView bytes) {
  if (bytes.size() < kSegmentHeaderBytes) return fail(Errc::malformed, fmt::format("segment header of {} bytes", bytes.size()));
  const std::byte* at = bytes.data();
  if (load_le<std::uint32_t>(at) != kMagic) return fail(Errc::malformed, "segment header without STRM");
  if (load_le<std::uint32_t>(at + kCrcAt) != crc32c(bytes.first(kCrcAt))) return fail(Errc::corrupt, "segment header fails its CRC");
  const std::uint16_t version = load_le<std::uint16_t>(at + 4);
  if (version != kSegmentVersion) return fail(Errc::unsupported, fmt::format("segment version {}, not {}", version, kSegmentVersion));
  SegmentHeader header;
  header.flags = load_le<std::uint16_t>(at + 6);
  header.base_offset = Offset(load_le<std::int64_t>(at + 8));
  header.max_offset = Offset(load_le<std::int64_t>(at + 16));
  header.base_timestamp = load_le<std::int64_t>(at + 24);
  header.max_timestamp = load_le<std::int64_t>(at + 32);
  header.record_count = load_le<std::uint32_t>(at + 40);
  header.codec = load_le<std::uint8_t>(at + 44);
  header.leader_epoch = LeaderEpoch(load_le<std::int32_t>(at + 48));
  header.topic_hash = load_le<std::uint64_t>(at + 52);
  return header;
}

std::uint64_t topic_hash(const TopicId& id) {
  return load_be<std::uint64_t>(id.bytes.data()) ^ load_be<std::uint64_t>(id.bytes.data() + 8);
}

}  // namespace streamline::storage
