// Counts what operator new hands out on threads that asked to be watched.
#pragma once

#include <cstdint>

namespace streamline::test {

/// From now on the calling thread's allocations are counted.
void watch_this_thread();
/// Of all watched threads since the program started.
std::uint64_t watched_allocations();

}  // namespace streamline::test
