// The epochs of a log and their file.
#include "storage/epoch_cache.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crc32c.h"

namespace streamline::storage {
namespace {
// File: magic "STEP" 4, version 2, reserved 2, count 4, then per epoch: epoch 4, start offset 8; CRC-32C of all before it 4.
constexpr std::uint32_t kMagic = 0x50455453;
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kHeadBytes = 12;
constexpr std::size_t kEntryBytes = 12;
}  // namespace

bool EpochCache::assign(LeaderEpoch epoch, Offset start) {
  if (!entries_.empty() && entries_.back().epoch >= epoch) return false;
  truncate_to(start);
  entries_.push_back({epoch, start});
  return true;
}

void EpochCache::truncate_to(Offset end) {
  while (!entries_.empty() && entries_.back().start >= end) entries_.pop_back();
}

EpochEnd EpochCache::end_of(LeaderEpoch epoch, Offset log_end) const {
  const auto after = std::find_if(entries_.begin(), entries_.end(), [&](const EpochStart& entry) { return entry.epoch > epoch; });
  if (after == entries_.begin()) return {};
  return {std::prev(after)->epoch, after == entries_.end() ? log_end : after->start};
}

std::optional<LeaderEpoch> EpochCache::latest() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.back().epoch;
}

std::vector<std::byte> EpochCache::encode() const {
  std::vector<std::byte> bytes(kHeadBytes + entries_.size() * kEntryBytes + 4);
  std::byte* at = bytes.data();
  store_le(at, kMagic);
  store_le(at + 4, kVersion);
  store_le(at + 8, static_cast<std::uint32_t>(entries_.size()));
  at += kHeadBytes;
  for (const EpochStart& entry : entries_) {
    store_le(at, entry.epoch.value);
    store_le(at + 4, entry.start.value);
    at += kEntryBytes;
  }
  store_le(at, crc32c(ByteView(bytes).first(bytes.size() - 4)));
  return bytes;
}

Result<EpochCache> EpochCache::decode(ByteView bytes) {
  if (bytes.size() < kHeadBytes + 4 || load_le<std::uint32_t>(bytes.data()) != kMagic) return fail(Errc::corrupt, "not an epoch file");
  const ByteView body = bytes.first(bytes.size() - 4);
  if (load_le<std::uint32_t>(bytes.data() + body.size()) != crc32c(body)) return fail(Errc::corrupt, "epoch file fails its CRC");
  if (load_le<std::uint16_t>(bytes.data() + 4) != kVersion) return fail(Errc::unsupported, "epoch file of another version");
  const std::uint32_t count = load_le<std::uint32_t>(bytes.data() + 8);
  if (body.size() != kHeadBytes + std::size_t{count} * kEntryBytes) return fail(Errc::corrupt, "epoch file of a wrong length");
  EpochCache cache;
  for (std::size_t i = 0; i < count; ++i) {
    const std::byte* at = bytes.data() + kHeadBytes + i * kEntryBytes;
    const EpochStart entry{LeaderEpoch(load_le<std::int32_t>(at)), Offset(load_le<std::int64_t>(at + 4))};
    const bool rises = cache.entries_.empty() || (entry.epoch > cache.entries_.back().epoch && entry.start > cache.entries_.back().start);
    if (!rises) return fail(Errc::corrupt, "epoch file out of order");
    cache.entries_.push_back(entry);
  }
  return cache;
}

}  // namespace streamline::storage
