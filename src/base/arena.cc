// Blocks of an Arena: the first is kept over reset(), later ones double.
#include "base/arena.h"

#include <algorithm>
#include <cstring>

namespace streamline {

namespace {
constexpr std::size_t kFirstBlock = 16 * 1024;
}

std::string_view Arena::copy(std::string_view text) {
  auto chars = make_array<char>(text.size());
  if (!text.empty()) std::memcpy(chars.data(), text.data(), text.size());
  return {chars.data(), chars.size()};
}

void* Arena::allocate_slow(std::size_t size) {
  const std::size_t wanted = std::max({size, kFirstBlock, capacity_ * 2});
  blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(wanted), wanted});
  current_ = blocks_.back().memory.get();
  capacity_ = wanted;
  used_ = size;
  return current_;
}

void Arena::reset() {
  if (blocks_.size() > 1) {
    // Keep the largest block within the limit, so that a steady load settles on one block.
    auto best = blocks_.end();
    for (auto block = blocks_.begin(); block != blocks_.end(); ++block) {
      if (block->size <= keep_bytes_ && (best == blocks_.end() || block->size > best->size)) best = block;
    }
    Block kept = best == blocks_.end() ? Block{nullptr, 0} : std::move(*best);
    blocks_.clear();
    if (kept.memory) blocks_.push_back(std::move(kept));
  } else if (!blocks_.empty() && blocks_.front().size > keep_bytes_) {
    blocks_.clear();
  }
  current_ = blocks_.empty() ? nullptr : blocks_.front().memory.get();
  capacity_ = blocks_.empty() ? 0 : blocks_.front().size;
  used_ = 0;
}

}  // namespace streamline
