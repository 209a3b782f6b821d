// OffsetMap: for each key the offset of its newest record, in bounded memory (24 bytes for a slot).
// Keys are known by their digest alone; key_digest.h says why that is exact enough to delete by. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "storage/compaction/key_digest.h"

namespace streamline::storage {

class OffsetMap {
 public:
  struct Size {
    /// Never more than this.
    std::size_t memory_bytes = 128 * 1024 * 1024;
    /// Part of the slots that may be filled; look-ups become slow near 1.
    double load_factor = 0.9;
    /// Less memory is taken where so many keys need less.
    std::uint64_t most_keys = UINT64_MAX;
  };
  static constexpr std::size_t kSlotBytes = 24;

  OffsetMap(const Size& size, const KeyHasher& hasher);

  /// Offsets of one key come in rising order. False = the key is new and there is no room; nothing was changed.
  bool put(ByteView key, Offset offset);
  /// Nothing for a key that was not put.
  std::optional<Offset> find(ByteView key) const;
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }

 private:
  struct Slot {
    KeyDigest digest;
    std::int64_t offset_plus_one = 0;  // 0 = empty
  };
  static_assert(sizeof(Slot) == kSlotBytes);
  /// The slot of the digest, or the empty one where it would go. There always is one.
  std::size_t place_of(const KeyDigest& digest) const;

  const KeyHasher hasher_;
  std::vector<Slot> slots_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace streamline::storage
