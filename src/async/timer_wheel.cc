// A deadline lies on the level of the highest group of six bits in which it differs from the current tick. So everything on one
// level is due before anything on the level above, and the next event is the first occupied slot of the lowest occupied level.
#include "async/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace streamline {

namespace {

void make_empty(detail::TimerLink& list) { list.previous = list.next = &list; }
bool is_empty(const detail::TimerLink& list) { return list.next == &list; }

void append(detail::TimerLink& list, detail::TimerLink& link) {
  link.previous = list.previous;
  link.next = &list;
  list.previous->next = &link;
  list.previous = &link;
}

void take_out(detail::TimerLink& link) {
  link.previous->next = link.next;
  link.next->previous = link.previous;
  link.previous = link.next = nullptr;
}

}  // namespace

void TimerNode::cancel() {
  if (wheel_ != nullptr) wheel_->unlink(*this);
}

TimerWheel::TimerWheel(std::int64_t now_ms) : tick_(now_ms + 1) {
  for (auto& level : slots_) std::ranges::for_each(level, make_empty);
  make_empty(due_);
}

TimerWheel::~TimerWheel() {
  for (auto& level : slots_) std::ranges::for_each(level, clear);
  clear(due_);
}

void TimerWheel::clear(detail::TimerLink& list) {
  while (!is_empty(list)) static_cast<TimerNode*>(list.next)->cancel();
}

void TimerWheel::schedule(TimerNode& timer, std::int64_t deadline_ms) {
  timer.cancel();
  timer.deadline_ms_ = deadline_ms;
  timer.wheel_ = this;
  ++size_;
  insert(timer);
}

void TimerWheel::insert(TimerNode& timer) {
  if (timer.deadline_ms_ < tick_) {
    timer.level_ = kNoLevel;
    append(due_, timer);
    return;
  }
  // What lies beyond the top level waits in its last slot and is placed anew from there.
  constexpr std::int64_t kReach = (std::int64_t{1} << (kSlotBits * kLevels)) - 1;
  const std::int64_t deadline = std::min(timer.deadline_ms_, tick_ | kReach);
  const auto difference = static_cast<std::uint64_t>(deadline ^ tick_);
  const int level = difference == 0 ? 0 : (static_cast<int>(std::bit_width(difference)) - 1) / kSlotBits;
  const auto slot = static_cast<std::uint8_t>((deadline >> (level * kSlotBits)) & (kSlots - 1));
  timer.level_ = static_cast<std::uint8_t>(level);
  timer.slot_ = slot;
  append(slots_[timer.level_][slot], timer);
  occupied_[timer.level_] |= std::uint64_t{1} << slot;
}

void TimerWheel::unlink(TimerNode& timer) {
  take_out(timer);
  timer.wheel_ = nullptr;
  --size_;
  if (timer.level_ != kNoLevel && is_empty(slots_[timer.level_][timer.slot_])) {
    occupied_[timer.level_] &= ~(std::uint64_t{1} << timer.slot_);
  }
}

std::optional<TimerWheel::Event> TimerWheel::next_event() const {
  for (int level = 0; level < kLevels; ++level) {
    const std::uint64_t bits = occupied_[static_cast<std::size_t>(level)];
    if (bits == 0) continue;
    const int slot = std::countr_zero(bits);
    const int shift = level * kSlotBits;
    const std::int64_t rotation = tick_ >> (shift + kSlotBits) << (shift + kSlotBits);
    return Event{level, slot, rotation | (static_cast<std::int64_t>(slot) << shift)};
  }
  return std::nullopt;
}

std::optional<std::int64_t> TimerWheel::next_deadline() const {
  if (!is_empty(due_)) return tick_ - 1;
  const auto event = next_event();
  if (!event) return std::nullopt;
  return event->time_ms;
}

void TimerWheel::detach_slot(int level, int slot, detail::TimerLink& into) {
  make_empty(into);
  detail::TimerLink& list = slots_[static_cast<std::size_t>(level)][static_cast<std::size_t>(slot)];
  while (!is_empty(list)) {
    auto& timer = static_cast<TimerNode&>(*list.next);
    take_out(timer);
    timer.level_ = kNoLevel;
    append(into, timer);
  }
  occupied_[static_cast<std::size_t>(level)] &= ~(std::uint64_t{1} << slot);
}

// Moves on to `tick` and spreads the slots that begin there over the levels below.
void TimerWheel::enter(std::int64_t tick) {
  tick_ = tick;
  for (auto event = next_event(); event && event->level > 0 && event->time_ms <= tick_; event = next_event()) {
    detail::TimerLink list;
    detach_slot(event->level, event->slot, list);
    while (!is_empty(list)) {
      auto& timer = static_cast<TimerNode&>(*list.next);
      take_out(timer);
      insert(timer);
    }
  }
}

void TimerWheel::fire(detail::TimerLink& list, std::int64_t now_ms) {
  while (!is_empty(list)) {
    auto& timer = static_cast<TimerNode&>(*list.next);
    if (timer.deadline_ms_ >= tick_) {  // it lay beyond the wheel's reach when it was placed
      take_out(timer);
      insert(timer);
      continue;
    }
    unlink(timer);
    timer.on_timer(now_ms);
  }
}

void TimerWheel::advance(std::int64_t now_ms) {
  if (!is_empty(due_)) {
    detail::TimerLink list;
    make_empty(list);
    while (!is_empty(due_)) {
      detail::TimerLink& timer = *due_.next;
      take_out(timer);
      append(list, timer);
    }
    fire(list, now_ms);
  }
  while (tick_ <= now_ms) {
    const auto event = next_event();
    if (!event || event->time_ms > now_ms) {
      enter(now_ms + 1);
      return;
    }
    if (event->level > 0) {
      enter(event->time_ms);
      continue;
    }
    detail::TimerLink list;
    detach_slot(0, event->slot, list);
    enter(event->time_ms + 1);
    fire(list, now_ms);
  }
}

}  // namespace streamline
