// Events in windows, by hand-set times.
#include "base/repeat_limiter.h"

#include <catch2/catch.hpp>

using namespace streamline;

namespace {

constexpr char kEvents[2] = {};

}  // namespace

TEST_CASE("an event is told up to the limit, and the last one says that it is the last") {
  RepeatLimiter limiter;
  limiter.set_limit(2);
  CHECK_FALSE(limiter.admit(kEvents, 100)->last);
  CHECK(limiter.admit(kEvents, 100)->last);
  CHECK_FALSE(limiter.admit(kEvents, 100).has_value());
  CHECK_FALSE(limiter.admit(kEvents, 100 + RepeatLimiter::kWindowMs - 1).has_value());
}

TEST_CASE("the first one of the next window tells how many were left out, once") {
  RepeatLimiter limiter;
  limiter.set_limit(2);
  for (int i = 0; i < 7; ++i) static_cast<void>(limiter.admit(kEvents, 0));
  CHECK(limiter.admit(kEvents, RepeatLimiter::kWindowMs)->left_out == 5);
  CHECK(limiter.admit(kEvents, RepeatLimiter::kWindowMs)->left_out == 0);
}

TEST_CASE("without a limit every event is told") {
  RepeatLimiter limiter;
  limiter.set_limit(0);
  for (int i = 0; i < 1000; ++i) {
    const auto verdict = limiter.admit(kEvents, 0);
    REQUIRE(verdict.has_value());
    REQUIRE_FALSE(verdict->last);
  }
}

TEST_CASE("events far apart in memory have windows of their own") {
  RepeatLimiter limiter;
  limiter.set_limit(1);
  alignas(64) constexpr static char far[256] = {};
  CHECK(limiter.admit(far, 0).has_value());
  CHECK_FALSE(limiter.admit(far, 0).has_value());
  CHECK(limiter.admit(far + 64, 0).has_value());
}
