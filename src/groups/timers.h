// Timers: the deadlines of one shard, by name. Setting one later again, which every heartbeat does, costs one look-up and no
// reordering: the old place is kept and corrected when its time comes. Reads no clock.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace streamline::groups {

enum class TimerKind : std::uint8_t {
  classic_join,        // of a group: the rebalance's join phase ends
  classic_sync,        // of a group: who has not synced yet is removed
  classic_session,     // of a member: its session, or its time to come back with the id it was given
  consumer_session,    // of a member of a KIP-848 group
  consumer_rebalance,  // of such a member: its time to revoke
  consumer_join,       // of such a member that speaks the classic protocol: its time to join again
  consumer_sync,       // of the same: its time to ask for its assignment
};

struct TimerKey {
  TimerKind kind{};
  std::string group{};
  /// Empty for a group's timer.
  std::string member{};
  friend auto operator<=>(const TimerKey&, const TimerKey&) = default;
};

class Timers {
 public:
  /// Sets or moves the timer `key`.
  void set(const TimerKey& key, std::int64_t deadline_ms);
  /// Harmless when it is not set.
  void cancel(const TimerKey& key);
  /// Every timer of one group.
  void cancel_group(std::string_view group);
  std::optional<std::int64_t> deadline_of(const TimerKey& key) const;

  /// A time no later than the first deadline; none without timers.
  std::optional<std::int64_t> next_deadline() const;
  /// Takes out the first timer that is due at `now_ms`.
  std::optional<TimerKey> take_due(std::int64_t now_ms);
  std::size_t size() const { return timers_.size(); }

 private:
  struct Times {
    std::int64_t deadline_ms = 0;
    std::int64_t queued_ms = 0;  // its place in queue_; never after the deadline
  };
  using ByKey = std::map<TimerKey, Times>;
  using Place = std::pair<std::int64_t, const TimerKey*>;
  struct PlaceLess {
    bool operator()(const Place& a, const Place& b) const { return a.first != b.first ? a.first < b.first : *a.second < *b.second; }
  };
  ByKey::iterator remove(ByKey::iterator timer);

  ByKey timers_;
  std::set<Place, PlaceLess> queue_;
};

}  // namespace streamline::groups
