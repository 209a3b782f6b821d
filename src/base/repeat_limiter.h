// RepeatLimiter: how often the same event may be told, so that a fault which repeats a thousand times a second does not fill a disk.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace streamline {

/// Belongs to whoever holds its lock. Bounded: two events that share a place share its window too, so that one may be told too seldom
/// for the rest of it, never too often.
class RepeatLimiter {
 public:
  static constexpr std::int64_t kWindowMs = 10'000;

  /// Told so often in a window; 0 = without limit.
  void set_limit(std::uint32_t limit) { limit_ = limit; }

  struct Verdict {
    bool last = false;           ///< further ones in this window are left out
    std::uint64_t left_out = 0;  ///< of the windows before, and not yet told
  };
  /// Whether this one is told; nothing = left out. `event` is what makes two of them the same.
  std::optional<Verdict> admit(const void* event, std::int64_t now_ms);

 private:
  struct Place {
    const void* event = nullptr;
    std::int64_t begun_ms = 0;
    std::uint32_t told = 0;
    std::uint64_t left_out = 0;
  };
  static constexpr std::size_t kPlaces = 128;

  std::uint32_t limit_ = 50;
  std::array<Place, kPlaces> places_{};
};

}  // namespace streamline
