// The one clock of the bench: monotonic nanoseconds.
#pragma once

#include <chrono>
#include <cstdint>

namespace streamline::bench {

inline std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
inline constexpr double kNsPerSecond = 1e9;
inline std::int64_t seconds_to_ns(double seconds) { return static_cast<std::int64_t>(seconds * kNsPerSecond); }

}  // namespace streamline::bench
