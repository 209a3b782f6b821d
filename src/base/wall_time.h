// WallTime: milliseconds since the Unix epoch, handed in as an argument by whoever reads the clock.
#pragma once

#include <compare>
#include <cstdint>

namespace streamline {

struct WallTime {
  std::int64_t ms = 0;
  friend constexpr auto operator<=>(WallTime, WallTime) = default;
};

}  // namespace streamline
