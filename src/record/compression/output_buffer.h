// OutputBuffer: growing memory for a codec's output, reused between batches; its contents are not initialised.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>

#include "base/bytes.h"

namespace streamline::record {

/// Memory is kept over clear() up to kKeepBytes. Belongs to one thread.
class OutputBuffer {
 public:
  static constexpr std::size_t kKeepBytes = 4 * 1024 * 1024;

  void clear() {
    size_ = 0;
    if (capacity_ <= kKeepBytes) return;
    memory_.reset();
    capacity_ = 0;
  }
  /// Free space behind the output: at least `bytes`.
  MutableBytes room(std::size_t bytes) {
    if (capacity_ - size_ < bytes) grow(size_ + bytes);
    return {memory_.get() + size_, capacity_ - size_};
  }
  /// Takes `bytes` of the room into the output.
  void advance(std::size_t bytes) { size_ += bytes; }
  std::size_t size() const { return size_; }
  ByteView view() const { return {memory_.get(), size_}; }

 private:
  void grow(std::size_t wanted) {
    capacity_ = std::max(wanted, capacity_ * 2);
    auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity_);
    if (size_ != 0) std::memcpy(larger.get(), memory_.get(), size_);
    memory_ = std::move(larger);
  }

  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// First room for plain bytes: real batches rarely shrink to less than a quarter.
inline std::size_t first_plain_room(std::size_t compressed_bytes) {
  return std::clamp<std::size_t>(compressed_bytes * 4, 16 * 1024, OutputBuffer::kKeepBytes);
}
inline constexpr std::size_t kMorePlainRoom = 16 * 1024;

}  // namespace streamline::record
