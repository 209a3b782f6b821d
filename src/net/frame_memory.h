// FrameMemory: a connection's own memory for a frame that does not come in one piece; FramePool keeps some for reuse.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/bytes.h"

namespace streamline::net {

struct FrameMemory {
  std::unique_ptr<std::byte[]> bytes;
  std::size_t capacity = 0;
  explicit operator bool() const { return capacity != 0; }
};

/// Belongs to one reactor. Memory handed back with retire() stays readable until recycle(), the end of the turn.
class FramePool {
 public:
  /// At most `keep_bytes` are kept for reuse.
  explicit FramePool(std::size_t keep_bytes) : keep_bytes_(keep_bytes) {}

  /// At least `size` bytes, uninitialised.
  FrameMemory take(std::size_t size);
  void retire(FrameMemory memory);
  void recycle();
  /// Taken and not yet recycled.
  std::size_t bytes_in_use() const { return bytes_in_use_; }
  std::size_t bytes_kept() const { return bytes_kept_; }

 private:
  static constexpr std::size_t kSmallestBytes = 512;

  std::size_t keep_bytes_;
  std::size_t bytes_in_use_ = 0;
  std::size_t bytes_kept_ = 0;
  std::vector<FrameMemory> kept_;
  std::vector<FrameMemory> retired_;
};

}  // namespace streamline::net
