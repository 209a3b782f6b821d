// Rounds over the topics that are due.
#include "broker/housekeeper.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "broker/topic_partitions.h"

namespace streamline::broker {

namespace {

constexpr std::int64_t kShortestMs = 100;
constexpr std::int64_t kLongestMs = 60'000;
/// A time that is given is kept to about this part of it.
constexpr std::int64_t kPart = 10;

}  // namespace

std::chrono::milliseconds check_interval(const config::TopicOptions& options, std::optional<std::int64_t> wanted) {
  if (wanted) return std::chrono::milliseconds(*wanted);
  std::int64_t shortest = options.segment_ms;
  if (options.delete_old && options.retention_ms >= 0) shortest = std::min(shortest, options.retention_ms);
  return std::chrono::milliseconds(std::clamp(shortest / kPart, kShortestMs, kLongestMs));
}

void Housekeeper::start() { wake_in(look_at_due_topics()); }

void Housekeeper::topic_made(const TopicId& topic, const config::TopicOptions& options) {
  plan(topic, check_interval(options, parts_.check_interval_ms).count());
}

/// Not at once: the catalog is about to show the change.
void Housekeeper::topic_changed(const TopicId& topic) { plan(topic, kShortestMs); }

void Housekeeper::plan(const TopicId& topic, std::int64_t delay_ms) {
  {
    const std::lock_guard lock(state_mutex_);
    due_ms_[topic] = parts_.clock.monotonic_ms() + delay_ms;
  }
  wake_in(delay_ms);
}

void Housekeeper::wake_in(std::int64_t delay_ms) {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(state_mutex_);
    const std::int64_t due = parts_.clock.monotonic_ms() + delay_ms;
    if (due >= wake_due_ms_) return;
    wake_due_ms_ = due;
    number = ++wake_number_;
  }
  parts_.pool.submit_after(std::chrono::milliseconds(delay_ms), [this, number] { on_wake(number); });
}

void Housekeeper::on_wake(std::uint64_t number) {
  {
    const std::lock_guard lock(state_mutex_);
    if (number != wake_number_) return;  // another one was set for an earlier time
    wake_due_ms_ = INT64_MAX;
  }
  wake_in(look_at_due_topics());
}

std::int64_t Housekeeper::look_at_due_topics() {
  const std::lock_guard looking(looking_mutex_);
  const std::int64_t now_ms = parts_.clock.monotonic_ms();
  const auto topics = parts_.catalog.snapshot();
  std::vector<const catalog::Topic*> due;
  std::int64_t next_ms = now_ms + kLongestMs;
  {
    const std::lock_guard lock(state_mutex_);
    topics->for_each([&](const catalog::Topic& topic) {
      const std::int64_t interval = check_interval(partitions_of(topic).options, parts_.check_interval_ms).count();
      const auto [place, is_new] = due_ms_.try_emplace(topic.id, now_ms + interval);
      if (!is_new && place->second <= now_ms) {
        due.push_back(&topic);
        place->second = now_ms + interval;
      }
      next_ms = std::min(next_ms, place->second);
    });
    // A topic that is being made is not in the snapshot yet.
    std::erase_if(due_ms_, [&](const auto& item) { return item.second + kLongestMs < now_ms && topics->find(item.first) == nullptr; });
  }
  std::vector<Mover> movers;
  for (const catalog::Topic* topic : due) look_at(*topic, movers);
  if (!movers.empty()) move_starts(movers);
  return std::max<std::int64_t>(next_ms - parts_.clock.monotonic_ms(), 1);
}

void Housekeeper::look_at(const catalog::Topic& topic, std::vector<Mover>& movers) const {
  for (const auto& partition : partitions_of(topic).partitions) {
    if (!partition->closed()) look_at(partition, movers);
  }
}

void Housekeeper::look_at(const std::shared_ptr<Partition>& partition, std::vector<Mover>& movers) const {
  const WallTime now{parts_.clock.wall_ms()};
  const PartitionId& id = partition->id();
  storage::Log& log = partition->log();
  log.expire_producers(now);
  log.purge_dropped(now);
  if (const Status rolled = log.roll_if_due(now); !rolled) {
    log::warn("storage", "segment did not roll topic={} partition={} cause={}", id.topic, id.index, rolled.error().text);
  }
  const Result<Offset> start = log.retention_start(now);
  if (!start) {
    log::warn("storage", "cannot tell what is old topic={} partition={} cause={}", id.topic, id.index, start.error().text);
    return;
  }
  if (!log.keeps_below(*start)) return;
  movers.push_back({partition, {.topic_id = id.topic_id, .partition = id.index, .start = *start}});
}

void Housekeeper::move_starts(const std::vector<Mover>& movers) const {
  std::vector<storage::StartMove> moves;
  std::vector<Offset> before;
  for (const Mover& mover : movers) {
    moves.push_back(mover.move);
    before.push_back(mover.partition->log().log_start());
  }
  const std::vector<Status> outcomes = parts_.store.move_starts(moves, WallTime{parts_.clock.wall_ms()});
  for (std::size_t i = 0; i < movers.size(); ++i) {
    const PartitionId& id = movers[i].partition->id();
    if (!outcomes[i]) {
      log::warn("storage", "old records were not deleted topic={} partition={} cause={}", id.topic, id.index, outcomes[i].error().text);
      continue;
    }
    log::info("storage", "deleted old records topic={} partition={} from={} to={}", id.topic, id.index, before[i].value,
              moves[i].start.value);
    parts_.on_start_moved(*movers[i].partition);
  }
}

}  // namespace streamline::broker
