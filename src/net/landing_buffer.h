// LandingBuffer: the receive memory that all connections of a reactor share during a turn. Complete frames stay in it until the
// turn ends; an idle connection therefore holds no buffer.
//
//   | frames handled this turn ... | free: the next recv goes here |
//   0                           used_                        capacity
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.h"

namespace streamline::net {

/// Belongs to one reactor.
class LandingBuffer {
 public:
  /// With less free memory than this the turn is flushed before the next receive.
  static constexpr std::size_t kLeastFreeBytes = 16 * 1024;

  explicit LandingBuffer(std::size_t capacity);
  MutableBytes free_part() { return {memory_.get() + used_, capacity_ - used_}; }
  bool is_short() const { return capacity_ - used_ < kLeastFreeBytes; }
  /// The first `count` bytes of the free part now hold frames.
  void use(std::size_t count) { used_ += count; }
  /// The turn is over: everything is free again.
  void reset() { used_ = 0; }

 private:
  std::size_t capacity_;
  std::size_t used_ = 0;
  std::unique_ptr<std::byte[]> memory_;
};

}  // namespace streamline::net
