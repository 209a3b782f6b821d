// The wheel's promises, and a random comparison with a sorted map.
#include "async/timer_wheel.h"

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "async/clock.h"

namespace streamline {
namespace {

class Recorder {
 public:
  class Timer final : public TimerNode {
   public:
    Timer(Recorder& owner, int id) : owner_(owner), id_(id) {}
    std::function<void(std::int64_t)> then;

   private:
    void on_timer(std::int64_t now_ms) override {
      owner_.fired.emplace_back(id_, now_ms);
      if (then) then(now_ms);
    }
    Recorder& owner_;
    int id_;
  };
  std::vector<std::pair<int, std::int64_t>> fired;
};

using Fired = std::vector<std::pair<int, std::int64_t>>;

TEST_CASE("a timer fires once, at its deadline and not before") {
  Recorder record;
  TimerWheel wheel(1000);
  Recorder::Timer timer(record, 1);
  wheel.schedule(timer, 1005);
  CHECK(wheel.next_deadline() == 1005);
  wheel.advance(1004);
  CHECK(record.fired.empty());
  wheel.advance(1005);
  CHECK(record.fired == Fired{{1, 1005}});
  CHECK_FALSE(timer.is_scheduled());
  wheel.advance(100'000);
  CHECK(record.fired.size() == 1);
  CHECK(wheel.next_deadline() == std::nullopt);
}

TEST_CASE("a deadline in the past fires at the next advance") {
  Recorder record;
  TimerWheel wheel(1000);
  Recorder::Timer timer(record, 1);
  wheel.schedule(timer, 12);
  CHECK(wheel.next_deadline().value() <= 1000);
  wheel.advance(1000);
  CHECK(record.fired == Fired{{1, 1000}});
}

TEST_CASE("one jump over days fires everything in order") {
  Recorder record;
  TimerWheel wheel(0);
  std::vector<std::unique_ptr<Recorder::Timer>> timers;
  const std::vector<std::int64_t> deadlines{86'400'000 * 3, 1, 64, 63, 4096, 65, 3'600'000, 262'144};
  for (std::size_t i = 0; i < deadlines.size(); ++i) {
    timers.push_back(std::make_unique<Recorder::Timer>(record, static_cast<int>(i)));
    wheel.schedule(*timers.back(), deadlines[i]);
  }
  wheel.advance(86'400'000 * 4);
  std::vector<int> order;
  for (const auto& [id, at] : record.fired) order.push_back(id);
  CHECK(order == std::vector<int>{1, 3, 2, 5, 4, 7, 6, 0});
  CHECK(wheel.size() == 0);
}

TEST_CASE("a cancelled or destroyed timer does not fire, a rescheduled one fires at its new time only") {
  Recorder record;
  TimerWheel wheel(0);
  Recorder::Timer cancelled(record, 1);
  Recorder::Timer moved(record, 2);
  auto destroyed = std::make_unique<Recorder::Timer>(record, 3);
  wheel.schedule(cancelled, 10);
  wheel.schedule(moved, 10);
  wheel.schedule(*destroyed, 10);
  cancelled.cancel();
  cancelled.cancel();
  destroyed.reset();
  wheel.schedule(moved, 70);
  CHECK(wheel.size() == 1);
  wheel.advance(69);
  CHECK(record.fired.empty());
  wheel.advance(70);
  CHECK(record.fired == Fired{{2, 70}});
}

TEST_CASE("a timer may cancel its neighbour, and schedule itself, while firing") {
  Recorder record;
  TimerWheel wheel(0);
  Recorder::Timer first(record, 1);
  Recorder::Timer second(record, 2);
  wheel.schedule(first, 10);
  wheel.schedule(second, 10);
  first.then = [&](std::int64_t now) {
    second.cancel();
    wheel.schedule(first, now);  // due already: it must wait for the next call, or advance() would never end
  };
  wheel.advance(10);
  CHECK(record.fired == Fired{{1, 10}});
  first.then = nullptr;
  wheel.advance(10);
  CHECK(record.fired == Fired{{1, 10}, {1, 10}});
  CHECK(wheel.size() == 0);
}

TEST_CASE("a deadline beyond the wheel's reach is kept and fires in its time") {
  Recorder record;
  constexpr std::int64_t kYear = 365LL * 86'400'000;
  TimerWheel wheel(5);
  Recorder::Timer timer(record, 1);
  wheel.schedule(timer, 10 * kYear);
  wheel.advance(10 * kYear - 1);
  CHECK(record.fired.empty());
  wheel.advance(10 * kYear);
  CHECK(record.fired.size() == 1);
}

TEST_CASE("a wheel that goes first leaves its timers unscheduled") {
  Recorder record;
  Recorder::Timer timer(record, 1);
  {
    TimerWheel wheel(0);
    wheel.schedule(timer, 5000);
  }
  CHECK_FALSE(timer.is_scheduled());
}

TEST_CASE("time that goes back is ignored") {
  Recorder record;
  TimerWheel wheel(1000);
  Recorder::Timer timer(record, 1);
  wheel.schedule(timer, 1010);
  wheel.advance(500);
  CHECK(record.fired.empty());
  wheel.advance(1010);
  CHECK(record.fired.size() == 1);
}

struct Session {
  int calls = 0;
  void on_expiry(std::int64_t) { ++calls; }
  MemberTimer<Session, &Session::on_expiry> expiry{*this};
};

TEST_CASE("a member timer calls its owner's method") {
  Session session;
  TimerWheel wheel(0);
  wheel.schedule(session.expiry, 3);
  wheel.advance(3);
  CHECK(session.calls == 1);
}

TEST_CASE("random schedules, moves and cancels fire as a sorted map would") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  constexpr int kTimers = 200;
  Recorder record;
  std::int64_t now = static_cast<std::int64_t>(random());
  TimerWheel wheel(now);
  std::vector<std::unique_ptr<Recorder::Timer>> timers;
  std::map<int, std::int64_t> expected;
  for (int id = 0; id < kTimers; ++id) timers.push_back(std::make_unique<Recorder::Timer>(record, id));
  for (int step = 0; step < 20'000; ++step) {
    const int id = static_cast<int>(random() % kTimers);
    Recorder::Timer& timer = *timers[static_cast<std::size_t>(id)];
    const auto choice = random() % 10;
    if (choice < 6) {
      const std::int64_t deadline = now + static_cast<std::int64_t>(random() % (1U << (random() % 27)));
      wheel.schedule(timer, deadline);
      expected[id] = deadline;
    } else if (choice < 8) {
      timer.cancel();
      expected.erase(id);
    } else {
      now += static_cast<std::int64_t>(random() % (1U << (random() % 20)));
      if (!expected.empty()) REQUIRE(wheel.next_deadline().has_value());
      for (const auto& [other, deadline] : expected) REQUIRE(wheel.next_deadline().value() <= deadline);
      record.fired.clear();
      wheel.advance(now);
      std::multimap<std::int64_t, int> due;
      for (const auto& [other, deadline] : expected) {
        if (deadline <= now) due.emplace(deadline, other);
      }
      REQUIRE(record.fired.size() == due.size());
      for (const auto& [fired_id, at] : record.fired) REQUIRE(expected.erase(fired_id) == 1);
      for (const auto& [deadline, due_id] : due) REQUIRE_FALSE(expected.contains(due_id));
    }
    REQUIRE(wheel.size() == expected.size());
  }
}

TEST_CASE("a manual clock moves both times together, and its wall may jump alone") {
  ManualClock clock(1000);
  const std::int64_t start = clock.monotonic_ms();
  clock.advance_ms(5);
  CHECK(clock.monotonic_ms() == start + 5);
  CHECK(clock.wall_ms() == 1005);
  clock.set_wall_ms(3);
  CHECK(clock.wall_ms() == 3);
  CHECK(clock.monotonic_ms() == start + 5);
}

TEST_CASE("the system clock's monotonic time does not go back") {
  SystemClock clock;
  const std::int64_t first = clock.monotonic_ns();
  CHECK(clock.monotonic_ns() >= first);
  CHECK(clock.wall_ms() > 1'600'000'000'000);
}

}  // namespace
}  // namespace streamline
