// The loop alone: tasks, timers, hooks, and removal in the middle of a turn.
#include "net/reactor.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <thread>

#include "async/clock.h"

namespace streamline::net {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    out = Descriptor(ends[0]);
    in = Descriptor(ends[1]);
  }
  void fill() { REQUIRE(::write(in.number(), "x", 1) == 1); }
  Descriptor out;
  Descriptor in;
};

class Watcher final : public Handler {
 public:
  explicit Watcher(std::function<void(std::uint32_t)> then) : then_(std::move(then)) {}
  void on_ready(std::uint32_t events) override {
    ++calls;
    if (then_) then_(events);
  }
  int calls = 0;

 private:
  std::function<void(std::uint32_t)> then_;
};

class HookRecorder final : public TurnHook {
 public:
  HookRecorder(std::string& log, char name) : log_(log), name_(name) {}
  void on_turn_end(TurnPhase phase) override {
    log_ += name_;
    log_ += std::to_string(static_cast<int>(phase));
    log_ += ' ';
  }

 private:
  std::string& log_;
  char name_;
};

TEST_CASE("tasks run in order of posting, on the loop's thread, from any thread") {
  SystemClock clock;
  auto reactor = Reactor::create(clock).value();
  constexpr int kTasks = 20'000;
  std::vector<int> first;
  std::vector<int> second;
  const auto post_all = [&](std::vector<int>& into) {
    for (int i = 0; i < kTasks; ++i) {
      reactor->post([&into, i, &reactor] {
        if (!reactor->in_loop_thread()) std::abort();
        into.push_back(i);
      });
    }
  };
  std::thread loop([&] { reactor->run(); });
  std::thread other([&] { post_all(second); });
  post_all(first);
  other.join();
  reactor->post([&] { reactor->stop(); });
  loop.join();
  REQUIRE(first.size() == kTasks);
  REQUIRE(second.size() == kTasks);
  CHECK(std::ranges::is_sorted(first));
  CHECK(std::ranges::is_sorted(second));
}

TEST_CASE("a sleeping loop wakes for a post and does not turn without cause") {
  SystemClock clock;
  auto reactor = Reactor::create(clock).value();
  std::atomic<int> ran = 0;
  std::thread loop([&] { reactor->run(); });
  for (int i = 1; i <= 100; ++i) {
    reactor->post([&] { ++ran; });
    while (ran.load() < i) std::this_thread::yield();
  }
  reactor->stop();
  loop.join();
  CHECK(reactor->counters().turns.value() <= 102);
}

TEST_CASE("a due timer wakes the loop, and its time is the turn's") {
  SystemClock clock;
  auto reactor = Reactor::create(clock).value();
  struct Owner {
    Reactor& reactor;
    std::int64_t fired_at = -1;
    void fire(std::int64_t now_ms) {
      fired_at = now_ms;
      reactor.stop();
    }
    MemberTimer<Owner, &Owner::fire> timer{*this};
  } owner{*reactor};
  reactor->schedule_in(owner.timer, 3);
  const std::int64_t deadline = owner.timer.deadline_ms();
  reactor->run();
  CHECK(owner.fired_at >= deadline);
  CHECK(owner.fired_at == reactor->now_ms());
}

TEST_CASE("hooks run by phase, then in order of addition; a flush in mid-turn leaves retire out") {
  ManualClock clock;
  auto reactor = Reactor::create(clock).value();
  std::string log;
  HookRecorder a(log, 'a');
  HookRecorder b(log, 'b');
  reactor->add_hook(TurnPhase::retire, a);
  reactor->add_hook(TurnPhase::send, a);
  reactor->add_hook(TurnPhase::work, b);
  reactor->add_hook(TurnPhase::send, b);
  reactor->run_turn(0);
  CHECK(log == "b0 a1 b1 a3 ");
  log.clear();
  reactor->flush_turn();
  CHECK(log == "b0 a1 b1 ");
  log.clear();
  reactor->remove_hook(a);
  reactor->run_turn(0);
  CHECK(log == "b0 b1 ");
}

TEST_CASE("a handler removed in mid-turn is not called for events already collected") {
  ManualClock clock;
  auto reactor = Reactor::create(clock).value();
  Pipe first;
  Pipe second;
  Watcher* other = nullptr;
  int other_descriptor = -1;
  Watcher one([&](std::uint32_t) { reactor->remove(second.out.number(), *other); });
  Watcher two([&](std::uint32_t) { reactor->remove(first.out.number(), one); });
  other = &two;
  other_descriptor = second.out.number();
  REQUIRE(reactor->add(first.out.number(), EPOLLIN, one).has_value());
  REQUIRE(reactor->add(other_descriptor, EPOLLIN, two).has_value());
  first.fill();
  second.fill();
  reactor->run_turn(0);
  CHECK(one.calls + two.calls == 1);  // whoever came first removed the other
}

TEST_CASE("run_again calls with no events in the next turn, once, unless removed before") {
  ManualClock clock;
  auto reactor = Reactor::create(clock).value();
  Pipe pipe;
  std::vector<std::uint32_t> events;
  Watcher watcher([&](std::uint32_t ready) { events.push_back(ready); });
  REQUIRE(reactor->add(pipe.out.number(), EPOLLIN, watcher).has_value());
  reactor->run_again(watcher);
  reactor->run_turn(-1);  // does not wait
  reactor->run_turn(0);
  CHECK(events == std::vector<std::uint32_t>{0});
  reactor->run_again(watcher);
  reactor->remove(pipe.out.number(), watcher);
  reactor->run_turn(0);
  CHECK(events.size() == 1);
}

TEST_CASE("the turn's clock moves only between turns") {
  ManualClock clock(5000);
  auto reactor = Reactor::create(clock).value();
  const std::int64_t now = reactor->now_ms();
  clock.advance_ms(7);
  CHECK(reactor->now_ms() == now);
  reactor->run_turn(0);
  CHECK(reactor->now_ms() == now + 7);
  CHECK(reactor->wall_ms() == 5007);
}

}  // namespace
}  // namespace streamline::net
