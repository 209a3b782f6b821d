// Taking, retiring and recycling of frame memory.
#include "net/frame_memory.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace streamline::net {

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kMostKept = 64;

std::size_t rounded(std::size_t size, std::size_t least) {
  return size <= kPage ? std::bit_ceil(std::max(size, least)) : (size + kPage - 1) / kPage * kPage;
}

}  // namespace

FrameMemory FramePool::take(std::size_t size) {
  const std::size_t capacity = rounded(size, kSmallestBytes);
  // Memory that is much too large stays for those who need it.
  const auto fits = [&](const FrameMemory& memory) { return memory.capacity >= capacity && memory.capacity <= 2 * capacity; };
  FrameMemory memory;
  if (const auto found = std::ranges::find_if(kept_, fits); found != kept_.end()) {
    memory = std::move(*found);
    *found = std::move(kept_.back());
    kept_.pop_back();
    bytes_kept_ -= memory.capacity;
  } else {
    memory = {std::make_unique_for_overwrite<std::byte[]>(capacity), capacity};
  }
  bytes_in_use_ += memory.capacity;
  return memory;
}

void FramePool::retire(FrameMemory memory) { retired_.push_back(std::move(memory)); }

void FramePool::recycle() {
  for (FrameMemory& memory : retired_) {
    bytes_in_use_ -= memory.capacity;
    if (kept_.size() == kMostKept || bytes_kept_ + memory.capacity > keep_bytes_) continue;
    bytes_kept_ += memory.capacity;
    kept_.push_back(std::move(memory));
  }
  retired_.clear();
}

}  // namespace streamline::net
