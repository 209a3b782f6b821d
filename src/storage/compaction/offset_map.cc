// Open addressing with linear probing.
#include "storage/compaction/offset_map.h"

#include <algorithm>

namespace streamline::storage {
namespace {
constexpr std::size_t kFewestSlots = 2;
}

OffsetMap::OffsetMap(const Size& size, const KeyHasher& hasher) : hasher_(hasher) {
  const double load = std::clamp(size.load_factor, 0.01, 0.99);
  const std::size_t affordable = std::max(size.memory_bytes / kSlotBytes, kFewestSlots);
  // One more than rounding may take away.
  const double wanted = static_cast<double>(size.most_keys) / load + 2;
  const std::size_t slots = wanted < static_cast<double>(affordable) ? static_cast<std::size_t>(wanted) : affordable;
  slots_.resize(std::max(slots, kFewestSlots));
  // A free slot ends every search, and one key must always fit, or a pass would not get anywhere.
  capacity_ = std::clamp<std::size_t>(static_cast<std::size_t>(static_cast<double>(slots_.size()) * load), 1, slots_.size() - 1);
}

std::size_t OffsetMap::place_of(const KeyDigest& digest) const {
  std::size_t place = static_cast<std::size_t>((static_cast<unsigned __int128>(digest.low) * slots_.size()) >> 64U);
  while (slots_[place].offset_plus_one != 0 && slots_[place].digest != digest) {
    if (++place == slots_.size()) place = 0;
  }
  return place;
}

bool OffsetMap::put(ByteView key, Offset offset) {
  const KeyDigest digest = hasher_(key);
  Slot& slot = slots_[place_of(digest)];
  if (slot.offset_plus_one == 0) {
    if (size_ == capacity_) return false;
    ++size_;
    slot.digest = digest;
  }
  slot.offset_plus_one = offset.value + 1;
  return true;
}

std::optional<Offset> OffsetMap::find(ByteView key) const {
  const Slot& slot = slots_[place_of(hasher_(key))];
  if (slot.offset_plus_one == 0) return std::nullopt;
  return Offset(slot.offset_plus_one - 1);
}

}  // namespace streamline::storage
