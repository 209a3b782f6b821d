// What operator new handed out; it is counted in programs of which one source includes support/counting_new.h.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace streamline::test {

struct Allocations {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

namespace detail {
inline thread_local Allocations of_this_thread;
inline thread_local bool watched = false;
inline std::atomic<std::uint64_t> of_watched = 0;

inline void* counted(std::size_t size) {
  of_this_thread.count += 1;
  of_this_thread.bytes += size;
  if (watched) of_watched.fetch_add(1, std::memory_order_relaxed);
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}
}  // namespace detail

/// Of the calling thread since it began.
inline Allocations allocations() { return detail::of_this_thread; }
/// From now on the calling thread's allocations are counted in watched_allocations() too.
inline void watch_this_thread() { detail::watched = true; }
/// Of all watched threads since the program started.
inline std::uint64_t watched_allocations() { return detail::of_watched.load(std::memory_order_relaxed); }

}  // namespace streamline::test
