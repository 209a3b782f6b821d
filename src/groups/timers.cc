// Timers are kept twice: by name, and in the order of the times they are queued at.
#include "groups/timers.h"

#include <algorithm>
#include <array>

namespace streamline::groups {

namespace {
constexpr std::array kKinds = {TimerKind::classic_join,     TimerKind::classic_sync,       TimerKind::classic_session,
                               TimerKind::consumer_session, TimerKind::consumer_rebalance, TimerKind::consumer_join,
                               TimerKind::consumer_sync};
}  // namespace

void Timers::set(const TimerKey& key, std::int64_t deadline_ms) {
  const auto [timer, is_new] = timers_.try_emplace(key, Times{deadline_ms, deadline_ms});
  Times& times = timer->second;
  times.deadline_ms = deadline_ms;
  if (!is_new) {
    if (deadline_ms >= times.queued_ms) return;
    queue_.erase({times.queued_ms, &timer->first});
    times.queued_ms = deadline_ms;
  }
  queue_.emplace(times.queued_ms, &timer->first);
}

Timers::ByKey::iterator Timers::remove(ByKey::iterator timer) {
  queue_.erase({timer->second.queued_ms, &timer->first});
  return timers_.erase(timer);
}

void Timers::cancel(const TimerKey& key) {
  const auto timer = timers_.find(key);
  if (timer != timers_.end()) remove(timer);
}

void Timers::cancel_group(std::string_view group) {
  for (const TimerKind kind : kKinds) {
    auto timer = timers_.lower_bound(TimerKey{kind, std::string(group), {}});
    while (timer != timers_.end() && timer->first.kind == kind && timer->first.group == group) timer = remove(timer);
  }
}

std::optional<std::int64_t> Timers::deadline_of(const TimerKey& key) const {
  const auto timer = timers_.find(key);
  if (timer == timers_.end()) return std::nullopt;
  return timer->second.deadline_ms;
}

std::optional<std::int64_t> Timers::next_deadline() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first;
}

std::optional<TimerKey> Timers::take_due(std::int64_t now_ms) {
  while (!queue_.empty() && queue_.begin()->first <= now_ms) {
    const auto timer = timers_.find(*queue_.begin()->second);
    Times& times = timer->second;
    if (times.deadline_ms <= now_ms) {
      TimerKey key = timer->first;
      remove(timer);
      return key;
    }
    queue_.erase(queue_.begin());
    times.queued_ms = times.deadline_ms;
    queue_.emplace(times.queued_ms, &timer->first);
  }
  return std::nullopt;
}

}  // namespace streamline::groups
