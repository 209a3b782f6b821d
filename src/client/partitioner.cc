// MurmurHash2 (Austin Appleby, public domain), 32 bits, little-endian, with the seed that Kafka's clients share.
#include "client/partitioner.h"

namespace streamline::client {

std::uint32_t murmur2(ByteView bytes) {
  constexpr std::uint32_t kSeed = 0x9747b28c;
  constexpr std::uint32_t kFactor = 0x5bd1e995;
  constexpr int kShift = 24;
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(bytes.size());
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 4; at += 4, left -= 4) {
    std::uint32_t word = load_le<std::uint32_t>(at) * kFactor;
    word = (word ^ (word >> kShift)) * kFactor;
    hash = (hash * kFactor) ^ word;
  }
  if (left >= 3) hash ^= static_cast<std::uint32_t>(at[2]) << 16;
  if (left >= 2) hash ^= static_cast<std::uint32_t>(at[1]) << 8;
  if (left >= 1) hash = (hash ^ static_cast<std::uint32_t>(at[0])) * kFactor;
  hash = (hash ^ (hash >> 13)) * kFactor;
  return hash ^ (hash >> 15);
}

std::int32_t partition_of_key(ByteView key, std::int32_t partitions) {
  return static_cast<std::int32_t>(murmur2(key) & 0x7fffffffU) % partitions;
}

}  // namespace streamline::client
