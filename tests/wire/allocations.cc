// operator new that counts; memory comes from malloc, so that a sanitizer still watches it.
#include "wire/allocations.h"

#include <cstdlib>
#include <new>

namespace {
streamline::wire::Allocations total;

void* counted(std::size_t size) {
  total.count += 1;
  total.bytes += size;
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

namespace streamline::wire {
Allocations allocations() { return total; }
}  // namespace streamline::wire
