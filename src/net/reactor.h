// Reactor: the loop of one thread. A turn is: wait, handle every ready descriptor, posted tasks, due timers, then the hooks of
// the turn's end (flush appends, send, recycle memory, retire objects). It knows descriptors and time, not TCP. Never busy-polls.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "async/clock.h"
#include "async/timer_wheel.h"
#include "base/result.h"
#include "net/counters.h"
#include "net/descriptor.h"

struct epoll_event;

namespace streamline::net {

/// Told when its descriptor is ready. Must live until it was removed; may remove and destroy itself while being told.
class Handler {
 public:
  /// `events` are epoll's (EPOLLIN, EPOLLOUT, EPOLLHUP ...), or 0 when called by run_again().
  virtual void on_ready(std::uint32_t events) = 0;

 protected:
  ~Handler() = default;
};

/// The order of work at the end of a turn.
enum class TurnPhase : std::uint8_t {
  work,     ///< flush staged appends, complete responses
  send,     ///< one send per connection
  recycle,  ///< frame memory of this turn may be used again
  retire,   ///< destroy what was closed; not run by flush_turn()
};
class TurnHook {
 public:
  virtual void on_turn_end(TurnPhase phase) = 0;

 protected:
  ~TurnHook() = default;
};

/// Runs on the reactor's thread. Captures of up to three pointers allocate nothing.
using Task = std::move_only_function<void()>;

/// Thread rule: everything belongs to the loop's thread (and to the creator before run() begins) but what says "any thread".
class Reactor {
 public:
  /// `clock` must outlive the reactor.
  static Result<std::unique_ptr<Reactor>> create(const Clock& clock);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// Level-triggered, unless `events` has EPOLLET. The descriptor stays the caller's.
  Status add(int descriptor, std::uint32_t events, Handler& handler);
  void modify(int descriptor, std::uint32_t events, Handler& handler);
  /// Before the descriptor is closed. Afterwards `handler` is not called again, not even for events already collected.
  void remove(int descriptor, Handler& handler);
  /// Calls handler.on_ready(0) in the next turn, which then does not wait.
  void run_again(Handler& handler);

  /// Any thread. Tasks run in order of posting. One wake for all that is posted while the loop sleeps, none while it is awake.
  /// A task posted after the loop has ended is destroyed unrun with the reactor.
  void post(Task task);

  /// Called at the end of each turn in the order of phases, then of addition. A hook must outlive the loop or be removed.
  void add_hook(TurnPhase phase, TurnHook& hook);
  void remove_hook(TurnHook& hook);
  /// Runs the phases work, send and recycle now: for whoever needs the turn's memory back in the middle of a turn.
  void flush_turn();

  TimerWheel& timers() { return timers_; }
  void schedule_in(TimerNode& timer, std::int64_t delay_ms) { timers_.schedule(timer, now_ms_ + delay_ms); }
  /// The turn's time, read once per turn.
  std::int64_t now_ms() const { return now_ms_; }
  std::int64_t wall_ms() const { return wall_ms_; }
  const Clock& clock() const { return clock_; }

  /// Blocks until stop(). SIGPIPE is blocked in this thread, because sendfile() raises it.
  void run();
  /// Any thread: the loop ends after the turn in which it learns of it.
  void stop();
  /// One turn for tests that drive the loop themselves: waits at most `max_wait_ms` (-1: until something happens).
  void run_turn(std::int64_t max_wait_ms);
  /// Any thread. Also true before the loop has first run.
  bool in_loop_thread() const;

  /// Written by the loop's thread, read by any.
  ReactorCounters& counters() { return counters_; }
  const ReactorCounters& counters() const { return counters_; }

 private:
  static constexpr int kEventsPerTurn = 256;

  Reactor(const Clock& clock, Descriptor epoll, Descriptor wake);
  int wait_ms(std::int64_t max_wait_ms);
  void handle_ready(int count);
  void run_tasks();
  void read_clock();
  void run_phases(TurnPhase last);
  int control(int operation, int descriptor, std::uint32_t events, Handler* handler);
  void run_handlers_again();

  struct Hook {
    TurnPhase phase;
    TurnHook* hook;
  };

  const Clock& clock_;
  Descriptor epoll_;
  Descriptor wake_;
  std::int64_t now_ms_;
  std::int64_t wall_ms_;
  TimerWheel timers_;
  ReactorCounters counters_;
  std::vector<Hook> hooks_;
  std::vector<Handler*> again_;
  std::vector<Handler*> again_now_;
  std::unique_ptr<epoll_event[]> events_;
  int events_at_ = 0;
  int events_count_ = 0;
  std::atomic<std::thread::id> thread_{};
  std::atomic<bool> stopping_ = false;

  std::mutex mutex_;  // guards tasks_ and sleeping_
  std::vector<Task> tasks_;
  bool sleeping_ = false;
  std::vector<Task> tasks_now_;
};

}  // namespace streamline::net
