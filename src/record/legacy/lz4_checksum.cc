// XXH32 over the few bytes of a frame's header. Layout: magic 4, flags 1, block sizes 1, [content size 8], [dictionary 4], checksum 1.
#include "record/legacy/lz4_checksum.h"

#include <bit>

#include "base/assert.h"

namespace streamline::record::legacy {

namespace {

constexpr std::uint32_t kFrameMagic = 0x184D2204;
constexpr std::size_t kFlagsAt = 4;
constexpr std::uint8_t kContentSizeFlag = 0x08;
constexpr std::uint8_t kDictionaryFlag = 0x01;
constexpr std::size_t kShortestDescriptor = 2;

constexpr std::uint32_t kPrime1 = 2654435761U;
constexpr std::uint32_t kPrime2 = 2246822519U;
constexpr std::uint32_t kPrime3 = 3266489917U;
constexpr std::uint32_t kPrime4 = 668265263U;
constexpr std::uint32_t kPrime5 = 374761393U;
/// From 16 bytes on XXH32 works on four lanes, which no frame header needs.
constexpr std::size_t kLaneBytes = 16;

/// Second byte of XXH32 with seed 0, which is what a header keeps.
std::byte header_checksum(ByteView bytes) {
  SL_ASSERT(bytes.size() < kLaneBytes);
  std::uint32_t hash = kPrime5 + static_cast<std::uint32_t>(bytes.size());
  for (; bytes.size() >= 4; bytes = bytes.subspan(4)) hash = std::rotl(hash + load_le<std::uint32_t>(bytes.data()) * kPrime3, 17) * kPrime4;
  for (const std::byte byte : bytes) hash = std::rotl(hash + static_cast<std::uint32_t>(byte) * kPrime5, 11) * kPrime1;
  hash = (hash ^ hash >> 15U) * kPrime2;
  hash = (hash ^ hash >> 13U) * kPrime3;
  hash ^= hash >> 16U;
  return static_cast<std::byte>(hash >> 8U);
}

/// Bytes between the magic and the checksum.
std::size_t descriptor_size(std::byte flags) {
  const auto bits = static_cast<std::uint8_t>(flags);
  return kShortestDescriptor + ((bits & kContentSizeFlag) != 0 ? 8 : 0) + ((bits & kDictionaryFlag) != 0 ? 4 : 0);
}

}  // namespace

void set_right_checksum(MutableBytes frame) {
  if (frame.size() <= kFlagsAt || load_le<std::uint32_t>(frame.data()) != kFrameMagic) return;
  const std::size_t size = descriptor_size(frame[kFlagsAt]);
  if (frame.size() <= kFlagsAt + size) return;
  frame[kFlagsAt + size] = header_checksum(frame.subspan(kFlagsAt, size));
}

void set_old_checksum(MutableBytes frame) {
  SL_ASSERT(frame.size() > kFlagsAt + kShortestDescriptor && descriptor_size(frame[kFlagsAt]) == kShortestDescriptor);
  frame[kFlagsAt + kShortestDescriptor] = header_checksum(frame.first(kFlagsAt + kShortestDescriptor));
}

}  // namespace streamline::record::legacy
