// Counting events in windows.
#include "base/repeat_limiter.h"

#include <functional>
#include <utility>

namespace streamline {

std::optional<RepeatLimiter::Verdict> RepeatLimiter::admit(const void* event, std::int64_t now_ms) {
  if (limit_ == 0) return Verdict{};
  Place& place = places_[(std::hash<const void*>{}(event) >> 3) % kPlaces];
  const bool window_is_over = place.told == 0 || now_ms - place.begun_ms >= kWindowMs;
  if (window_is_over) {
    place.begun_ms = now_ms;
    place.told = 0;
  }
  if (place.told >= limit_) {
    ++place.left_out;
    return std::nullopt;
  }
  ++place.told;
  // Left-out ones of another event would be counted to this one.
  const bool same = place.event == event;
  place.event = event;
  const std::uint64_t left_out = std::exchange(place.left_out, 0);
  return Verdict{.last = place.told == limit_, .left_out = same ? left_out : 0};
}

}  // namespace streamline
