// Arena: memory for the length of one request or one event-loop turn; reset() makes it reusable without freeing.
// Not thread-safe: it belongs to one reactor or one test. Only trivially destructible types live in it.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace streamline {

class Arena {
 public:
  /// Memory kept over reset() at most; what a large request needed beyond it is given back.
  explicit Arena(std::size_t keep_bytes = 256 * 1024) : keep_bytes_(keep_bytes) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// `count` value-initialised objects; valid until reset().
  template <class T>
  std::span<T> make_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (count == 0) return {};
    T* first = static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
    std::uninitialized_value_construct_n(first, count);
    return {first, count};
  }
  template <class T>
  T* make() { return make_array<T>(1).data(); }
  std::string_view copy(std::string_view text);
  /// `size` bytes aligned to `alignment` (a power of two of at most 16).
  void* allocate(std::size_t size, std::size_t alignment) {
    const std::size_t at = (used_ + alignment - 1) & ~(alignment - 1);
    if (current_ == nullptr || at + size > capacity_) return allocate_slow(size);
    used_ = at + size;
    return current_ + at;
  }
  /// Forgets everything handed out.
  void reset();

 private:
  struct Block {
    std::unique_ptr<std::byte[]> memory;
    std::size_t size;
  };
  void* allocate_slow(std::size_t size);

  std::size_t keep_bytes_;
  std::byte* current_ = nullptr;
  std::size_t used_ = 0;
  std::size_t capacity_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace streamline
