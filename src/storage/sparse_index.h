// SparseIndex: some batches of a segment by offset, position and time, and the `.index` file.
// Invariants: offsets and positions rise strictly, timestamps never fall. It carries no truth: it can be rebuilt from the batches,
// so its file has no checksum and is checked against the batch that an entry names.
// Thread rule: one writer adds; any thread may look up at the same time. Entries never move and are never taken back.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace streamline::storage {

struct IndexEntry {
  /// Base offset of a batch, less the segment's.
  std::uint32_t relative_offset = 0;
  /// Of that batch in the file.
  std::uint32_t position = 0;
  /// Highest timestamp of all batches before it; so the first record at or after a later time is not before it.
  std::int64_t max_timestamp = -1;
  friend bool operator==(const IndexEntry&, const IndexEntry&) = default;
};

/// Bytes of an entry in the file: relative offset 4, position 4, max timestamp 8, little-endian.
inline constexpr std::size_t kIndexEntryBytes = 16;

class SparseIndex {
 public:
  void add(const IndexEntry& entry);

  std::size_t size() const { return size_.load(std::memory_order_acquire); }
  IndexEntry at(std::size_t place) const;
  /// The last entry at or below an offset, a position; the last one before which everything is older than `timestamp`.
  /// Nothing = the segment's first batch.
  std::optional<IndexEntry> floor_offset(std::uint32_t relative_offset) const;
  std::optional<IndexEntry> floor_position(std::uint32_t position) const;
  std::optional<IndexEntry> floor_time(std::int64_t timestamp) const;

  /// Entries [from, size()) as in the file.
  std::vector<std::byte> encode(std::size_t from) const;
  /// The entries of a file up to the first that breaks the order or lies at or behind `end_position`.
  static std::vector<IndexEntry> decode(ByteView bytes, std::uint32_t end_position);

 private:
  // Chunk n holds 64 << n entries, so that growing moves nothing and an empty index costs nothing.
  static constexpr std::size_t kFirstChunk = 64;
  static constexpr std::size_t kChunks = 22;
  template <class Below>
  std::optional<IndexEntry> last_where(Below below) const;

  std::array<std::unique_ptr<IndexEntry[]>, kChunks> chunks_;
  std::atomic<std::size_t> size_ = 0;
};

}  // namespace streamline::storage
