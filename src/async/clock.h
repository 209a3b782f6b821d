// Clock: where time comes from. Monotonic time is for timers and sessions, wall time for timestamps and retention (rule 144).
#pragma once

#include <atomic>
#include <cstdint>

namespace streamline {

/// May be read by any thread. Must outlive everything that was given it.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Nanoseconds since an arbitrary point; never goes back.
  virtual std::int64_t monotonic_ns() const = 0;
  /// Milliseconds since 1970; may jump either way.
  virtual std::int64_t wall_ms() const = 0;
  std::int64_t monotonic_ms() const { return monotonic_ns() / 1'000'000; }
};

/// The machine's clocks. Stateless.
class SystemClock final : public Clock {
 public:
  std::int64_t monotonic_ns() const override;
  std::int64_t wall_ms() const override;
};

/// Time that only moves when told to, for tests. Both clocks advance together; set_wall_ms makes the wall jump.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t wall_ms = 1'700'000'000'000) : wall_ms_(wall_ms) {}
  std::int64_t monotonic_ns() const override { return monotonic_ns_.load(); }
  std::int64_t wall_ms() const override { return wall_ms_.load(); }
  void advance_ms(std::int64_t delta) {
    wall_ms_ += delta;
    monotonic_ns_ += delta * 1'000'000;
  }
  void set_wall_ms(std::int64_t wall) { wall_ms_ = wall; }

 private:
  std::atomic<std::int64_t> monotonic_ns_{1'000'000'000};
  std::atomic<std::int64_t> wall_ms_;
};

}  // namespace streamline
