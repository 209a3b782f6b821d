// Chunked bytes of one file; the header says why.
#include "fs/memory_content.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace streamline::fs {
namespace {
constexpr std::size_t kSmallestChunk = 256;
}

MemoryContent::MemoryContent(const MemoryContent& other) {
  reserve(other.size_);
  size_ = other.size_;
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    std::memcpy(chunks_[i].bytes.get(), other.chunks_[i].bytes.get(), std::min(chunks_[i].capacity, other.chunks_[i].capacity));
  }
}

std::size_t MemoryContent::read(std::uint64_t position, MutableBytes into) const {
  if (position >= size_) return 0;
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_ - position));
  for (std::size_t done = 0; done < wanted;) {
    const std::size_t offset = static_cast<std::size_t>((position + done) % kChunkBytes);
    const std::size_t step = std::min(wanted - done, kChunkBytes - offset);
    std::memcpy(into.data() + done, chunks_[(position + done) / kChunkBytes].bytes.get() + offset, step);
    done += step;
  }
  return wanted;
}

void MemoryContent::write(std::uint64_t position, ByteView bytes) {
  if (bytes.empty()) return;
  reserve(std::max(size_, position + bytes.size()));
  for (std::size_t done = 0; done < bytes.size();) {
    const std::size_t offset = static_cast<std::size_t>((position + done) % kChunkBytes);
    const std::size_t step = std::min(bytes.size() - done, kChunkBytes - offset);
    std::memcpy(chunks_[(position + done) / kChunkBytes].bytes.get() + offset, bytes.data() + done, step);
    done += step;
  }
  size_ = std::max(size_, position + bytes.size());
}

void MemoryContent::resize(std::uint64_t size) {
  if (size < size_) {
    // What lies behind the end reads as zero when the file grows over it again.
    clear_range(size, size_);
    chunks_.resize(static_cast<std::size_t>((size + kChunkBytes - 1) / kChunkBytes));
  } else {
    reserve(size);
  }
  size_ = size;
}

void MemoryContent::reserve(std::uint64_t size) {
  const std::size_t count = static_cast<std::size_t>((size + kChunkBytes - 1) / kChunkBytes);
  for (std::size_t i = chunks_.empty() ? 0 : chunks_.size() - 1; i < count; ++i) {
    const std::uint64_t in_chunk = std::min<std::uint64_t>(size - i * kChunkBytes, kChunkBytes);
    const std::size_t capacity = i > 0 ? kChunkBytes : std::max(kSmallestChunk, std::bit_ceil(static_cast<std::size_t>(in_chunk)));
    if (i == chunks_.size()) chunks_.emplace_back();
    Chunk& chunk = chunks_[i];
    if (chunk.capacity >= capacity) continue;
    std::unique_ptr<std::byte[]> larger = std::make_unique<std::byte[]>(capacity);
    if (chunk.capacity > 0) std::memcpy(larger.get(), chunk.bytes.get(), chunk.capacity);
    chunk = {std::move(larger), capacity};
  }
}

void MemoryContent::clear_range(std::uint64_t from, std::uint64_t to) {
  while (from < to) {
    Chunk& chunk = chunks_[from / kChunkBytes];
    const std::size_t offset = static_cast<std::size_t>(from % kChunkBytes);
    const std::size_t step = static_cast<std::size_t>(std::min<std::uint64_t>(to - from, chunk.capacity - offset));
    std::memset(chunk.bytes.get() + offset, 0, step);
    from += step;
  }
}

}  // namespace streamline::fs
