// The turn: wait, tasks, ready descriptors, timers, hooks.
#include "net/reactor.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.h"

namespace streamline::net {

Result<std::unique_ptr<Reactor>> Reactor::create(const Clock& clock) {
  Descriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.is_open()) return fail_errno(errno, "create an epoll instance");
  Descriptor wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake.is_open()) return fail_errno(errno, "create an eventfd");
  // Edge-triggered: each wake is an event of its own, so nobody has to read the counter back to zero.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;
  if (::epoll_ctl(epoll.number(), EPOLL_CTL_ADD, wake.number(), &event) != 0) return fail_errno(errno, "watch an eventfd");
  return std::unique_ptr<Reactor>(new Reactor(clock, std::move(epoll), std::move(wake)));
}

Reactor::Reactor(const Clock& clock, Descriptor epoll, Descriptor wake)
    : clock_(clock),
      epoll_(std::move(epoll)),
      wake_(std::move(wake)),
      now_ms_(clock.monotonic_ms()),
      wall_ms_(clock.wall_ms()),
      timers_(now_ms_),
      events_(std::make_unique<epoll_event[]>(kEventsPerTurn)) {}

Reactor::~Reactor() = default;

int Reactor::control(int operation, int descriptor, std::uint32_t events, Handler* handler) {
  SL_ASSERT(in_loop_thread());
  epoll_event event{};
  event.events = events;
  event.data.ptr = handler;
  counters_.controls.add();
  return ::epoll_ctl(epoll_.number(), operation, descriptor, &event);
}

Status Reactor::add(int descriptor, std::uint32_t events, Handler& handler) {
  if (control(EPOLL_CTL_ADD, descriptor, events, &handler) != 0) return fail_errno(errno, "watch a descriptor");
  return {};
}

void Reactor::modify(int descriptor, std::uint32_t events, Handler& handler) {
  SL_ASSERT(control(EPOLL_CTL_MOD, descriptor, events, &handler) == 0);
}

void Reactor::remove(int descriptor, Handler& handler) {
  SL_ASSERT(control(EPOLL_CTL_DEL, descriptor, 0, nullptr) == 0);
  for (int i = events_at_; i < events_count_; ++i) {
    if (events_[static_cast<std::size_t>(i)].data.ptr == &handler) events_[static_cast<std::size_t>(i)].data.ptr = nullptr;
  }
  std::ranges::replace(again_, &handler, nullptr);
  std::ranges::replace(again_now_, &handler, nullptr);
}

void Reactor::run_again(Handler& handler) {
  SL_ASSERT(in_loop_thread());
  again_.push_back(&handler);
}

void Reactor::post(Task task) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    wake = std::exchange(sleeping_, false);
  }
  if (!wake) return;
  const std::uint64_t one = 1;
  // The counter would have to reach 2^64 for this to fail.
  SL_ASSERT(::write(wake_.number(), &one, sizeof(one)) == static_cast<ssize_t>(sizeof(one)));
}

void Reactor::add_hook(TurnPhase phase, TurnHook& hook) {
  SL_ASSERT(in_loop_thread());
  const auto after = std::ranges::upper_bound(hooks_, phase, {}, &Hook::phase);
  hooks_.insert(after, {phase, &hook});
}

void Reactor::remove_hook(TurnHook& hook) {
  SL_ASSERT(in_loop_thread());
  std::erase_if(hooks_, [&](const Hook& entry) { return entry.hook == &hook; });
}

void Reactor::run_phases(TurnPhase last) {
  for (const Hook& entry : hooks_) {
    if (entry.phase > last) return;
    entry.hook->on_turn_end(entry.phase);
  }
}

void Reactor::flush_turn() {
  SL_ASSERT(in_loop_thread());
  run_phases(TurnPhase::recycle);
}

bool Reactor::in_loop_thread() const {
  const std::thread::id owner = thread_.load(std::memory_order_relaxed);
  return owner == std::thread::id() || owner == std::this_thread::get_id();
}

void Reactor::run() {
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  SL_ASSERT(::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr) == 0);
  thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  while (!stopping_.load(std::memory_order_acquire)) run_turn(-1);
}

void Reactor::stop() {
  stopping_.store(true, std::memory_order_release);
  post([] {});
}

void Reactor::read_clock() {
  now_ms_ = clock_.monotonic_ms();
  wall_ms_ = clock_.wall_ms();
}

// How long to sleep; announces the sleep so that post() knows whether a wake is needed.
int Reactor::wait_ms(std::int64_t max_wait_ms) {
  std::int64_t wait = max_wait_ms < 0 ? std::numeric_limits<int>::max() : max_wait_ms;
  const auto deadline = timers_.next_deadline();
  if (deadline) wait = std::min(wait, std::max<std::int64_t>(*deadline - now_ms_, 0));
  if (!again_.empty()) wait = 0;
  const std::lock_guard lock(mutex_);
  if (!tasks_.empty()) wait = 0;
  sleeping_ = wait > 0;
  return !deadline && max_wait_ms < 0 && wait > 0 ? -1 : static_cast<int>(wait);
}

void Reactor::run_tasks() {
  {
    const std::lock_guard lock(mutex_);
    sleeping_ = false;
    tasks_now_.swap(tasks_);
  }
  for (Task& task : tasks_now_) {
    counters_.tasks.add();
    task();
  }
  tasks_now_.clear();
}

void Reactor::run_handlers_again() {
  again_now_.swap(again_);
  for (std::size_t i = 0; i < again_now_.size(); ++i) {
    if (again_now_[i] != nullptr) again_now_[i]->on_ready(0);
  }
  again_now_.clear();
}

void Reactor::handle_ready(int count) {
  events_count_ = count;
  for (events_at_ = 0; events_at_ < events_count_;) {
    const epoll_event& event = events_[static_cast<std::size_t>(events_at_++)];
    if (event.data.ptr != nullptr) static_cast<Handler*>(event.data.ptr)->on_ready(event.events);
  }
  events_at_ = events_count_ = 0;
}

void Reactor::run_turn(std::int64_t max_wait_ms) {
  SL_ASSERT(in_loop_thread());
  const int wait = wait_ms(max_wait_ms);
  counters_.waits.add();
  const int count = ::epoll_wait(epoll_.number(), events_.get(), kEventsPerTurn, wait);
  SL_ASSERT(count >= 0 || errno == EINTR);
  counters_.turns.add();
  read_clock();
  run_tasks();
  run_handlers_again();
  handle_ready(std::max(count, 0));
  timers_.advance(now_ms_);
  run_phases(TurnPhase::retire);
}

}  // namespace streamline::net
