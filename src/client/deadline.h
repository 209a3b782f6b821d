// Deadline: the moment on the monotonic clock at which a wait ends.
#pragma once

#include <chrono>

namespace streamline::client {

using Deadline = std::chrono::steady_clock::time_point;

inline Deadline deadline_in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }
inline std::chrono::milliseconds left_until(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return left < std::chrono::milliseconds(0) ? std::chrono::milliseconds(0) : left;
}

}  // namespace streamline::client
