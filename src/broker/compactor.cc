// Choosing the dirtiest log, one round over it, and the wait for the next.
#include "broker/compactor.h"

#include <sys/resource.h>

#include <algorithm>

#include "base/log.h"

namespace streamline::broker {

namespace {

/// Where the processor is short, requests come first.
constexpr int kNiceness = 10;
/// A pause in the past is not made up for by a burst.
constexpr std::chrono::milliseconds kMostSaved{100};
constexpr std::chrono::hours kLongestWait{1};

}  // namespace

CompactorOptions compactor_options(const config::ServerConfig& config) {
  return {.map = {.memory_bytes = static_cast<std::size_t>(config.compaction_map_bytes), .load_factor = config.compaction_map_load},
          .bytes_per_second = config.compaction_bytes_per_second,
          .pause = std::chrono::milliseconds(std::min<std::int64_t>(config.compaction_pause_ms, INT32_MAX))};
}

storage::CompactionOptions compaction_options(const config::TopicOptions& topic) {
  return {.min_cleanable_dirty_ratio = topic.min_cleanable_dirty_ratio,
          .min_compaction_lag_ms = topic.min_compaction_lag_ms,
          .max_compaction_lag_ms = topic.max_compaction_lag_ms,
          .delete_retention_ms = topic.delete_retention_ms,
          .segment_bytes = static_cast<std::uint64_t>(topic.segment_bytes),
          .index_interval_bytes = static_cast<std::uint32_t>(topic.index_interval_bytes)};
}

Compactor::Compactor(storage::LogStore& store, const Clock& clock, const catalog::Catalog& catalog, const CompactorOptions& options)
    : store_(store), clock_(clock), catalog_(catalog), cleaner_(store.file_system(), options.map, *this), options_(options) {
  thread_ = std::thread([this] { run(); });
}

Compactor::~Compactor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Compactor::set_options(const CompactorOptions& options) {
  {
    const std::lock_guard lock(mutex_);
    options_ = options;
    ++options_number_;
  }
  wake_.notify_all();
}

CompactorOptions Compactor::options() {
  const std::lock_guard lock(mutex_);
  return options_;
}

void Compactor::run() {
  // Of this thread alone, on Linux. Without it compaction only competes harder.
  if (::setpriority(PRIO_PROCESS, 0, kNiceness) != 0) log::debug("compaction", "thread keeps its priority");
  while (pause()) {
    failed_.clear();
    cleaner_.set_limits(options().map);
    while (const std::optional<Choice> choice = choose()) clean(*choice);
  }
}

std::optional<Compactor::Choice> Compactor::choose() {
  std::optional<Choice> best;
  if (!wait_until({})) return best;
  catalog_.snapshot()->for_each([&](const catalog::Topic& topic) {
    const TopicPartitions& partitions = partitions_of(topic);
    if (!partitions.options.compact) return;
    const storage::CompactionOptions options = compaction_options(partitions.options);
    for (const auto& partition : partitions.partitions) look_at(partition, options, best);
  });
  return best;
}

void Compactor::look_at(const std::shared_ptr<Partition>& partition, const storage::CompactionOptions& options,
                        std::optional<Choice>& best) {
  if (partition->closed() || failed_.contains(partition->number()) || damaged_.contains(partition->number())) return;
  const auto range = storage::find_dirty_range(store_.file_system(), partition->log(), options, WallTime{clock_.wall_ms()});
  if (!range) return give_up(*partition, range.error());
  if (!*range || !(*range)->is_due(options) || (best && best->range.ratio() >= (*range)->ratio())) return;
  best = Choice{partition, options, **range};
}

void Compactor::clean(const Choice& choice) {
  current_ = choice.partition.get();
  const PartitionId& id = choice.partition->id();
  const Time began = std::chrono::steady_clock::now();
  const Result<storage::RoundReport> report = run_round(choice);
  current_ = nullptr;
  if (!report) return give_up(*choice.partition, report.error());
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  log::info("compaction", "compacted topic={} partition={} to={} bytes_before={} bytes_after={} records_removed={} segments={} ms={}",
            id.topic, id.index, report->cleaned_to.value, report->bytes_before, report->bytes_after, report->records_removed,
            report->segments_after, took.count());
  if (report->unreadable_batches == 0) return;
  log::warn("compaction", "batches that cannot be read stay as they are topic={} partition={} count={}", id.topic, id.index,
            report->unreadable_batches);
}

Result<storage::RoundReport> Compactor::run_round(const Choice& choice) {
  storage::Log& log = choice.partition->log();
  const WallTime now{clock_.wall_ms()};
  if (Status secured = store_.secure_producers(log, choice.range.end, now); !secured) return fail_with(std::move(secured));
  return cleaner_.clean(log, choice.options, choice.range, now);
}

void Compactor::give_up(const Partition& partition, const Error& error) {
  failed_.insert(partition.number());
  const PartitionId& id = partition.id();
  // Told to stop, or the topic was deleted; segments that retention took away meanwhile are gone at the next look.
  if (error.code == Errc::timed_out || error.code == Errc::closed || error.code == Errc::conflict || partition.closed()) return;
  if (error.code != Errc::corrupt) {
    log::warn("compaction", "not compacted, tried again later topic={} partition={} cause={}", id.topic, id.index, error.text);
    return;
  }
  damaged_.insert(partition.number());
  log::error("compaction", "damaged, not compacted until the next start topic={} partition={} cause={}", id.topic, id.index, error.text);
}

/// Sleeps between two looks; a change of the options holds for the sleep that has begun. False when the thread has to end.
bool Compactor::pause() {
  const Time began = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::uint64_t number = options_number_;
    const auto is_woken = [&] { return stopping_ || options_number_ != number; };
    if (!wake_.wait_until(lock, began + options_.pause, is_woken)) return true;
  }
  return false;
}

bool Compactor::wait_until(Time time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_until(lock, time, [this] { return stopping_; });
}

bool Compactor::proceed(std::uint64_t bytes) {
  const Time now = std::chrono::steady_clock::now();
  const std::chrono::duration<double> cost(static_cast<double>(bytes) / options().bytes_per_second);
  paid_until_ = std::max(paid_until_, now - kMostSaved);
  paid_until_ += cost < kLongestWait ? std::chrono::duration_cast<Time::duration>(cost) : Time::duration(kLongestWait);
  return wait_until(paid_until_) && !current_->closed();
}

}  // namespace streamline::broker
