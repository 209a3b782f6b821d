// MemoryContent: the bytes of a file in memory, in 64 KiB chunks; only the first chunk ever moves, while it is small.
// Not thread-safe; its file guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"

namespace streamline::fs {

class MemoryContent {
 public:
  static constexpr std::size_t kChunkBytes = 64 * 1024;

  MemoryContent() = default;
  MemoryContent(const MemoryContent& other);
  MemoryContent& operator=(const MemoryContent&) = delete;

  std::uint64_t size() const { return size_; }
  std::size_t read(std::uint64_t position, MutableBytes into) const;
  /// Grows as needed; a gap reads as zero.
  void write(std::uint64_t position, ByteView bytes);
  void resize(std::uint64_t size);

 private:
  struct Chunk {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t capacity = 0;
  };
  void reserve(std::uint64_t size);
  void clear_range(std::uint64_t from, std::uint64_t to);

  std::vector<Chunk> chunks_;
  std::uint64_t size_ = 0;
};

}  // namespace streamline::fs
