// TimerWheel: many timers at a constant price each (Varghese and Lauck's hierarchical wheels). Six levels of 64 slots with
// a tick of 1 ms reach two years. It reads no clock: time is given to it. Belongs to one reactor.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace streamline {

class TimerWheel;

namespace detail {
struct TimerLink {
  TimerLink* previous = nullptr;
  TimerLink* next = nullptr;
};
}  // namespace detail

/// One timer, part of the object that waits. Destroying it cancels it. Not copyable, not movable: the wheel points at it.
class TimerNode : private detail::TimerLink {
 public:
  TimerNode() = default;
  TimerNode(const TimerNode&) = delete;
  TimerNode& operator=(const TimerNode&) = delete;
  /// Takes the timer out of its wheel; harmless when it is in none.
  void cancel();
  bool is_scheduled() const { return wheel_ != nullptr; }
  /// Only meaningful while scheduled.
  std::int64_t deadline_ms() const { return deadline_ms_; }

 protected:
  ~TimerNode() { cancel(); }
  /// Called once per schedule(), never before the deadline. It is out of the wheel by then: it may be scheduled again,
  /// destroyed, and other timers may be scheduled and cancelled from here.
  virtual void on_timer(std::int64_t now_ms) = 0;

 private:
  friend class TimerWheel;
  TimerWheel* wheel_ = nullptr;
  std::int64_t deadline_ms_ = 0;
  std::uint8_t level_ = 0;
  std::uint8_t slot_ = 0;
};

/// A timer as a member that calls `method` of its owner: `MemberTimer<Session, &Session::on_expiry> expiry_{*this};`
template <class Owner, void (Owner::*method)(std::int64_t now_ms)>
class MemberTimer final : public TimerNode {
 public:
  explicit MemberTimer(Owner& owner) : owner_(owner) {}

 private:
  void on_timer(std::int64_t now_ms) override { (owner_.*method)(now_ms); }
  Owner& owner_;
};

class TimerWheel {
 public:
  explicit TimerWheel(std::int64_t now_ms);
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// Fires `timer` at the first advance() whose time is at or past `deadline_ms`. Scheduling again moves it. A deadline in the
  /// past fires at the next advance(), one beyond two years is held back and then waits for the rest.
  void schedule(TimerNode& timer, std::int64_t deadline_ms);
  /// Fires what is due, in order of deadline up to the tick; time never goes back (an older time is ignored). Timers scheduled
  /// from within for a tick that has passed fire at the next call, so that this always ends.
  void advance(std::int64_t now_ms);
  /// A time no later than the earliest deadline; none without timers. A far deadline is met in at most five steps.
  std::optional<std::int64_t> next_deadline() const;
  std::size_t size() const { return size_; }

 private:
  friend class TimerNode;
  static constexpr int kLevels = 6;
  static constexpr int kSlotBits = 6;
  static constexpr int kSlots = 1 << kSlotBits;

  static constexpr std::uint8_t kNoLevel = 0xff;
  struct Event {
    int level;
    int slot;
    std::int64_t time_ms;
  };

  void insert(TimerNode& timer);
  void unlink(TimerNode& timer);
  std::optional<Event> next_event() const;
  void enter(std::int64_t tick);
  void detach_slot(int level, int slot, detail::TimerLink& into);
  void fire(detail::TimerLink& list, std::int64_t now_ms);
  static void clear(detail::TimerLink& list);

  std::int64_t tick_;  // every deadline before it has fired; no slot above level 0 begins at or before it
  std::size_t size_ = 0;
  std::array<std::uint64_t, kLevels> occupied_{};  // one bit per slot that has timers
  std::array<std::array<detail::TimerLink, kSlots>, kLevels> slots_;
  detail::TimerLink due_;  // scheduled for the past
};

}  // namespace streamline
