// Replaces operator new for the whole program by one that counts: exactly one source of a program includes this.
// Memory comes from malloc, so that a sanitizer still watches it. Not inlined: g++ would see a free() of what a `new` returned.
#pragma once

#include <cstdlib>
#include <new>

#include "support/allocations.h"

[[gnu::noinline]] void* operator new(std::size_t size) { return streamline::test::detail::counted(size); }
[[gnu::noinline]] void* operator new[](std::size_t size) { return streamline::test::detail::counted(size); }
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return streamline::test::detail::counted(size); }
[[gnu::noinline]] void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return streamline::test::detail::counted(size); }
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
