// operator new of this program; memory comes from malloc, so that a sanitizer still watches it.
#include "unit/embedded/allocations.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
thread_local bool watched = false;
std::atomic<std::uint64_t> total = 0;

void* counted(std::size_t size) {
  if (watched) ++total;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}
}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace streamline::test {
void watch_this_thread() { watched = true; }
std::uint64_t watched_allocations() { return total; }
}  // namespace streamline::test
