// Counts what operator new hands out in this program.
#pragma once

#include <cstddef>

namespace streamline::wire {

struct Allocations {
  std::size_t count = 0;
  std::size_t bytes = 0;
};
/// Since the program started. One thread only.
Allocations allocations();

}  // namespace streamline::wire
