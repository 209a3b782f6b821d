// Bytes of the manifest.
#include "storage/manifest.h"

#include <fmt/format.h>

#include <cstring>

#include "base/crc32c.h"

namespace streamline::storage {
namespace {

constexpr std::uint32_t kMagic = 0x464d5453;
constexpr std::uint16_t kVersion = 3;
constexpr std::uint16_t kOldVersion = 2;
constexpr std::uint16_t kOldestVersion = 1;
constexpr std::size_t kHeadBytes = 20;
constexpr std::size_t kOldestEntryBytes = 72;
constexpr std::size_t kOldEntryBytes = kOldestEntryBytes + 4 * 8;
constexpr std::size_t kEntryBytes = kOldEntryBytes + 8;
constexpr std::uint32_t kNoProducersFlag = 1;
constexpr std::uint32_t kSyncFailedFlag = 2;
static_assert(sizeof(Uuid::bytes) + 4 + 4 + 5 * 8 + 4 + 4 == kOldestEntryBytes);

std::size_t entry_bytes_of(std::uint16_t version) {
  if (version == kOldestVersion) return kOldestEntryBytes;
  return version == kOldVersion ? kOldEntryBytes : kEntryBytes;
}

void put_entry(std::byte* at, const ManifestEntry& entry) {
  std::memcpy(at, entry.topic_id.bytes.data(), sizeof(entry.topic_id.bytes));
  store_le(at + 16, entry.partition);
  store_le(at + 20, entry.leader_epoch.value);
  store_le(at + 24, entry.log_start.value);
  store_le(at + 32, entry.recovery_point.value);
  store_le(at + 40, entry.end.value);
  store_le(at + 48, entry.boot_hash);
  store_le(at + 56, entry.active_base);
  store_le(at + 64, entry.active_bytes);
  store_le(at + 68, (entry.no_producers ? kNoProducersFlag : 0U) | (entry.sync_failed ? kSyncFailedFlag : 0U));
  store_le(at + 72, entry.at_rest.bytes);
  store_le(at + 80, entry.at_rest.oldest_bytes);
  store_le(at + 88, entry.at_rest.oldest_ms);
  store_le(at + 96, entry.at_rest.active_since_ms);
  store_le(at + 104, entry.first_unstable);
}

ManifestEntry take_entry(const std::byte* at, std::uint16_t version) {
  ManifestEntry entry;
  std::memcpy(entry.topic_id.bytes.data(), at, sizeof(entry.topic_id.bytes));
  entry.partition = load_le<std::int32_t>(at + 16);
  entry.leader_epoch = LeaderEpoch(load_le<std::int32_t>(at + 20));
  entry.log_start = Offset(load_le<std::int64_t>(at + 24));
  entry.recovery_point = Offset(load_le<std::int64_t>(at + 32));
  entry.end = Offset(load_le<std::int64_t>(at + 40));
  entry.boot_hash = load_le<std::uint64_t>(at + 48);
  entry.active_base = load_le<std::int64_t>(at + 56);
  entry.active_bytes = load_le<std::uint32_t>(at + 64);
  const std::uint32_t flags = load_le<std::uint32_t>(at + 68);
  entry.no_producers = (flags & kNoProducersFlag) != 0;
  entry.sync_failed = (flags & kSyncFailedFlag) != 0;
  if (version == kOldestVersion) return entry;
  entry.at_rest = {.bytes = load_le<std::int64_t>(at + 72),
                   .oldest_bytes = load_le<std::int64_t>(at + 80),
                   .oldest_ms = load_le<std::int64_t>(at + 88),
                   .active_since_ms = load_le<std::int64_t>(at + 96)};
  if (version != kOldVersion) entry.first_unstable = load_le<std::int64_t>(at + 104);
  return entry;
}

}  // namespace

std::vector<std::byte> encode(const Manifest& manifest) {
  std::vector<std::byte> bytes(kHeadBytes + manifest.entries.size() * kEntryBytes + 4);
  std::byte* at = bytes.data();
  store_le(at, kMagic);
  store_le(at + 4, kVersion);
  store_le(at + 8, manifest.boot_hash);
  store_le(at + 16, static_cast<std::uint32_t>(manifest.entries.size()));
  at += kHeadBytes;
  for (const ManifestEntry& entry : manifest.entries) {
    put_entry(at, entry);
    at += kEntryBytes;
  }
  store_le(at, crc32c(ByteView(bytes).first(bytes.size() - 4)));
  return bytes;
}

Result<Manifest> decode_manifest(ByteView bytes) {
  if (bytes.size() < kHeadBytes + 4 || load_le<std::uint32_t>(bytes.data()) != kMagic) return fail(Errc::corrupt, "not a manifest");
  const ByteView body = bytes.first(bytes.size() - 4);
  if (load_le<std::uint32_t>(bytes.data() + body.size()) != crc32c(body)) return fail(Errc::corrupt, "manifest fails its CRC");
  const std::uint16_t version = load_le<std::uint16_t>(bytes.data() + 4);
  if (version < kOldestVersion || version > kVersion)
    return fail(Errc::unsupported, fmt::format("manifest of version {}, not {}", version, kVersion));
  const std::uint32_t count = load_le<std::uint32_t>(bytes.data() + 16);
  const std::size_t entry_bytes = entry_bytes_of(version);
  if (body.size() != kHeadBytes + std::size_t{count} * entry_bytes) return fail(Errc::corrupt, "manifest of a wrong length");
  Manifest manifest;
  manifest.boot_hash = load_le<std::uint64_t>(bytes.data() + 8);
  manifest.entries.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    manifest.entries.push_back(take_entry(bytes.data() + kHeadBytes + i * entry_bytes, version));
  }
  return manifest;
}

}  // namespace streamline::storage
