// The topic of the coordinators, and what is done to its partitions beside requests.
#include "broker/coordinator/coordinators.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/log.h"
#include "broker/broker.h"
#include "broker/coordinator/desk.h"
#include "broker/shard.h"
#include "broker/topic_partitions.h"

namespace streamline::broker {

namespace {

/// Who is woken for what a pool thread has left behind: there always is a first reactor.
constexpr int kAnyReactor = 0;
/// Between a failure and the next attempt to load what has to be done without anybody asking for it.
constexpr std::chrono::milliseconds kReloadDelay{1000};

std::uint32_t add_unit(std::uint32_t hash, std::uint32_t utf16) { return hash * 31 + utf16; }

/// The code point at `at`, which is moved past it. What is no UTF-8 counts byte by byte.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t first = byte(at);
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  const std::size_t begin = at;
  if (length == 1 || begin + length > text.size()) {
    ++at;
    return first;
  }
  std::uint32_t point = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) point = point << 6 | (byte(begin + i) & 0x3f);
  at += length;
  return point;
}

}  // namespace

std::int32_t java_string_hash(std::string_view utf8) {
  std::uint32_t hash = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    const std::uint32_t point = next_code_point(utf8, at);
    if (point < 0x10000) {
      hash = add_unit(hash, point);
    } else {
      hash = add_unit(hash, 0xd800 + ((point - 0x10000) >> 10));
      hash = add_unit(hash, 0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }
  return static_cast<std::int32_t>(hash);
}

coordinator::Now Coordinators::now() const {
  return {.monotonic_ms = broker_.clock().monotonic_ms(), .wall_ms = broker_.clock().wall_ms()};
}

const Coordinators::Table* Coordinators::table() {
  if (const Table* made = table_.load(std::memory_order_acquire)) return made;
  const auto topic = broker_.catalog().snapshot()->share(plan_.topic);
  if (topic == nullptr) return nullptr;
  const std::lock_guard lock(table_mutex_);
  if (const Table* made = table_.load(std::memory_order_acquire)) return made;
  const auto max_batch_bytes = static_cast<std::size_t>(partitions_of(*topic).options.max_message_bytes);
  for (const auto& partition : partitions_of(*topic).partitions) {
    owned_.push_back(make_partition(
        {.broker = broker_, .coordinators = *this, .subject = plan_.subject, .max_batch_bytes = max_batch_bytes, .partition = partition}));
  }
  table_.store(&owned_, std::memory_order_release);
  schedule_sweep();
  return &owned_;
}

CoordinatorPartition* Coordinators::find(std::string_view key) {
  const Table* all = table();
  if (all == nullptr) return nullptr;
  const auto hash = static_cast<std::uint32_t>(java_string_hash(key)) & 0x7fffffffU;
  return (*all)[hash % all->size()].get();
}

std::span<const std::unique_ptr<CoordinatorPartition>> Coordinators::all() {
  const Table* all = table();
  if (all == nullptr) return {};
  return *all;
}

void Coordinators::complete(catalog::NewTopic& wanted) const {
  if (wanted.name != plan_.topic) return;
  if (wanted.partition_count == catalog::kUseDefault && wanted.assignments.empty()) wanted.partition_count = plan_.partitions;
  wanted.configs.emplace("cleanup.policy", "compact");
  wanted.configs.emplace("compression.type", std::string(plan_.compression));
  wanted.configs.emplace("segment.bytes", std::to_string(plan_.segment_bytes));
}

Status Coordinators::make_topic() {
  catalog::NewTopic wanted;
  wanted.name = plan_.topic;
  wanted.replication_factor = 1;
  complete(wanted);
  auto made = broker_.catalog().create(wanted, broker_.clock().wall_ms());
  if (made) {
    log::info(plan_.subject, "made the topic of the {} topic={} partitions={}", plan_.subject, plan_.topic, wanted.partition_count);
  }
  if (made || made.error().code == Errc::already_exists) return {};
  log::error(plan_.subject, "the topic of the {} cannot be made cause={}", plan_.subject, made.error().text);
  return fail_with(std::move(made));
}

void Coordinators::start_loads() {
  for (const auto& partition : all()) submit_load(*partition);
}

void Coordinators::start_loads(CoordinatorPartition& first) {
  submit_load(first);
  start_loads();
}

void Coordinators::submit_load(CoordinatorPartition& partition) {
  const storage::Log& log = partition.partition().log();
  if (log.log_end() == log.log_start() || !partition.claim_load()) return;
  broker_.pool().submit([this, &partition] {
    if (stopped_.load(std::memory_order_relaxed)) return;
    partition.load(now());
    finish_turn(partition);
  });
}

void Coordinators::load(CoordinatorPartition& partition) {
  if (!partition.claim_load()) return;
  partition.load(now());
  finish_turn(partition);
}

void Coordinators::finish_turn(CoordinatorPartition& partition) {
  Turn turn;
  partition.finish_turn(now(), turn);
  if (turn.visible_bytes > 0) broker_.tell_progress(partition.partition(), turn.visible_bytes, nullptr);
  if (turn.wake_at) {
    if (Shard* shard = broker_.shard(kAnyReactor)) shard->deliver_wake(partition, *turn.wake_at);
  }
  if (turn.must_reload) reload(partition);
  if (turn.has_orders) {
    if (Shard* shard = broker_.shard(kAnyReactor)) shard->deliver_orders(partition);
  }
  deliver_answers(broker_, partition, turn.settled, nullptr);
  deliver_answers(broker_, partition, turn.due, nullptr);
}

void Coordinators::reload(CoordinatorPartition& partition) {
  broker_.pool().submit_after(kReloadDelay, [this, &partition] {
    if (stopped_.load(std::memory_order_relaxed)) return;
    if (!partition.partition().log().is_stopped()) load(partition);
    if (partition.must_load()) reload(partition);
  });
}

void Coordinators::stop() {
  if (stopped_.exchange(true)) return;
  const Table* all = table_.load(std::memory_order_acquire);
  if (all == nullptr) return;
  for (const auto& partition : *all) {
    finish_turn(*partition);
    partition->stop();
    finish_turn(*partition);
  }
}

void Coordinators::schedule_sweep() {
  broker_.pool().submit_after(std::chrono::milliseconds(plan_.sweep_interval_ms), [this] { sweep(); });
}

void Coordinators::sweep() {
  for (const auto& partition : all()) sweep(*partition);
  schedule_sweep();
}

/// What nobody has loaded yet is swept once somebody has.
void Coordinators::sweep(CoordinatorPartition& partition) {
  while (!stopped_.load(std::memory_order_relaxed)) {
    const Sweep state = sweep_some(partition);
    finish_turn(partition);
    if (state == Sweep::done) return;
  }
}

}  // namespace streamline::broker
