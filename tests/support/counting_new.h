// Replaces operator new for the whole program by one that counts: exactly one source of a program includes this.
// Memory comes from malloc, so that a sanitizer still watches it.
#pragma once

#include <cstdlib>
#include <new>

#include "support/allocations.h"

void* operator new(std::size_t size) { return streamline::test::detail::counted(size); }
void* operator new[](std::size_t size) { return streamline::test::detail::counted(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return streamline::test::detail::counted(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return streamline::test::detail::counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
