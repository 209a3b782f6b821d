// Chunked entries with binary searches over them, and their file.
#include "storage/sparse_index.h"

#include <bit>

#include "base/assert.h"

namespace streamline::storage {
namespace {

struct Place {
  std::size_t chunk;
  std::size_t offset;
};

/// Entry n lies in chunk floor(log2(n / first + 1)).
Place place_of(std::size_t n, std::size_t first_chunk) {
  const std::size_t shifted = n / first_chunk + 1;
  const std::size_t chunk = static_cast<std::size_t>(std::bit_width(shifted)) - 1;
  return {chunk, n - first_chunk * ((std::size_t{1} << chunk) - 1)};
}

}  // namespace

void SparseIndex::add(const IndexEntry& entry) {
  const std::size_t count = size_.load(std::memory_order_relaxed);
  const Place place = place_of(count, kFirstChunk);
  SL_ASSERT(place.chunk < kChunks);
  std::unique_ptr<IndexEntry[]>& chunk = chunks_[place.chunk];
  if (chunk == nullptr) chunk = std::make_unique<IndexEntry[]>(kFirstChunk << place.chunk);
  chunk[place.offset] = entry;
  size_.store(count + 1, std::memory_order_release);
}

IndexEntry SparseIndex::at(std::size_t n) const {
  const Place place = place_of(n, kFirstChunk);
  return chunks_[place.chunk][place.offset];
}

template <class Below>
std::optional<IndexEntry> SparseIndex::last_where(Below below) const {
  std::size_t low = 0;
  std::size_t high = size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (below(at(middle))) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return std::nullopt;
  return at(low - 1);
}

std::optional<IndexEntry> SparseIndex::floor_offset(std::uint32_t relative_offset) const {
  return last_where([=](const IndexEntry& entry) { return entry.relative_offset <= relative_offset; });
}
std::optional<IndexEntry> SparseIndex::floor_position(std::uint32_t position) const {
  return last_where([=](const IndexEntry& entry) { return entry.position <= position; });
}
std::optional<IndexEntry> SparseIndex::floor_time(std::int64_t timestamp) const {
  return last_where([=](const IndexEntry& entry) { return entry.max_timestamp < timestamp; });
}

std::vector<std::byte> SparseIndex::encode(std::size_t from) const {
  const std::size_t count = size();
  if (from >= count) return {};
  std::vector<std::byte> bytes((count - from) * kIndexEntryBytes);
  for (std::size_t n = from; n < count; ++n) {
    const IndexEntry entry = at(n);
    std::byte* to = bytes.data() + (n - from) * kIndexEntryBytes;
    store_le(to, entry.relative_offset);
    store_le(to + 4, entry.position);
    store_le(to + 8, entry.max_timestamp);
  }
  return bytes;
}

std::vector<IndexEntry> SparseIndex::decode(ByteView bytes, std::uint32_t end_position) {
  std::vector<IndexEntry> entries;
  for (; bytes.size() >= kIndexEntryBytes; bytes = bytes.subspan(kIndexEntryBytes)) {
    const IndexEntry entry{load_le<std::uint32_t>(bytes.data()), load_le<std::uint32_t>(bytes.data() + 4),
                           load_le<std::int64_t>(bytes.data() + 8)};
    const IndexEntry before = entries.empty() ? IndexEntry{} : entries.back();
    const bool rises = entry.relative_offset > before.relative_offset && entry.position > before.position;
    if (!rises || entry.max_timestamp < before.max_timestamp || entry.position >= end_position) break;
    entries.push_back(entry);
  }
  return entries;
}

}  // namespace streamline::storage
