// The topic of the groups, and what is done to its partitions beside requests.
#include "broker/coordinator/group_coordinators.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "broker/broker.h"
#include "broker/coordinator/group_desk.h"
#include "broker/shard.h"
#include "broker/topic_partitions.h"

namespace streamline::broker {

namespace {

/// Who is woken for what a pool thread has left behind: there always is a first reactor.
constexpr int kAnyReactor = 0;

groups::Migration migration_of(std::string_view policy) {
  if (policy == "disabled") return groups::Migration::disabled;
  if (policy == "upgrade") return groups::Migration::upgrade;
  return policy == "downgrade" ? groups::Migration::downgrade : groups::Migration::bidirectional;
}

groups::Options options_of(const config::GroupConfig& config) {
  groups::Options options;
  options.min_session_ms = config.min_session_ms;
  options.max_session_ms = config.max_session_ms;
  options.initial_rebalance_delay_ms = config.initial_rebalance_delay_ms;
  options.max_size = config.max_size;
  options.consumer.session_ms = config.consumer_session_ms;
  options.consumer.heartbeat_interval_ms = config.consumer_heartbeat_interval_ms;
  options.consumer_max_size = config.consumer_max_size;
  options.migration = migration_of(config.consumer_migration);
  options.max_offset_metadata_bytes = static_cast<std::size_t>(config.max_offset_metadata_bytes);
  options.offsets_retention_ms = config.offsets_retention_ms;
  return options;
}

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

GroupCoordinators::GroupCoordinators(Broker& broker) : broker_(broker) {}

groups::Now GroupCoordinators::now() const {
  return {.monotonic_ms = broker_.clock().monotonic_ms(), .wall_ms = broker_.clock().wall_ms()};
}

const GroupCoordinators::Table* GroupCoordinators::table() {
  if (const Table* made = table_.load(std::memory_order_acquire)) return made;
  const auto topic = broker_.catalog().snapshot()->share(kGroupsTopic);
  if (topic == nullptr) return nullptr;
  const std::lock_guard lock(table_mutex_);
  if (const Table* made = table_.load(std::memory_order_acquire)) return made;
  groups::Options options = options_of(broker_.config().groups);
  options.max_record_bytes = static_cast<std::size_t>(partitions_of(*topic).options.max_message_bytes);
  for (const auto& partition : broker::partitions_of(*topic).partitions) {
    owned_.push_back(std::make_unique<GroupPartition>(
        GroupPartition::Parts{.broker = broker_, .options = options, .ids = ids_, .partition = partition}));
  }
  table_.store(&owned_, std::memory_order_release);
  schedule_sweep();
  return &owned_;
}

GroupPartition* GroupCoordinators::partition_of(std::string_view group) {
  const Table* all = table();
  if (all == nullptr) return nullptr;
  const auto hash = static_cast<std::uint32_t>(java_string_hash(group)) & 0x7fffffffU;
  return (*all)[hash % all->size()].get();
}

std::span<const std::unique_ptr<GroupPartition>> GroupCoordinators::partitions() {
  const Table* all = table();
  if (all == nullptr) return {};
  return *all;
}

void GroupCoordinators::complete(catalog::NewTopic& wanted) const {
  if (wanted.name != kGroupsTopic) return;
  if (wanted.partition_count == catalog::kUseDefault && wanted.assignments.empty()) {
    wanted.partition_count = broker_.config().groups.topic_partitions;
  }
  wanted.configs.emplace("cleanup.policy", "compact");
  wanted.configs.emplace("compression.type", "producer");
  wanted.configs.emplace("segment.bytes", std::to_string(broker_.config().groups.topic_segment_bytes));
}

Status GroupCoordinators::make_topic() {
  catalog::NewTopic wanted;
  wanted.name = kGroupsTopic;
  wanted.replication_factor = 1;
  complete(wanted);
  auto made = broker_.catalog().create(wanted, broker_.clock().wall_ms());
  if (made) log::info("groups", "made the topic of the groups topic={} partitions={}", kGroupsTopic, wanted.partition_count);
  if (made || made.error().code == Errc::already_exists) return {};
  log::error("groups", "the topic of the groups cannot be made cause={}", made.error().text);
  return fail_with(std::move(made));
}

void GroupCoordinators::start_loads(GroupPartition& first) {
  submit_load(first);
  for (const auto& partition : partitions()) submit_load(*partition);
}

void GroupCoordinators::submit_load(GroupPartition& partition) {
  const storage::Log& log = partition.partition().log();
  if (log.log_end() == log.log_start() || !partition.claim_load()) return;
  broker_.pool().submit([this, &partition] {
    if (stopped_.load(std::memory_order_relaxed)) return;
    partition.load(now());
    finish_turn(partition);
  });
}

void GroupCoordinators::load(GroupPartition& partition) {
  if (!partition.claim_load()) return;
  partition.load(now());
  finish_turn(partition);
}

void GroupCoordinators::finish_turn(GroupPartition& partition) {
  GroupTurn turn;
  partition.finish_turn(now(), turn);
  settle(partition, turn);
}

/// On a thread that is no reactor.
void GroupCoordinators::settle(GroupPartition& partition, GroupTurn& turn) {
  if (turn.visible_bytes > 0) broker_.tell_progress(partition.partition(), turn.visible_bytes, nullptr);
  if (turn.wake_at) {
    if (Shard* shard = broker_.shard(kAnyReactor)) shard->deliver_group_wake(partition, *turn.wake_at);
  }
  deliver_answers(broker_, partition, turn.due, nullptr);
}

void GroupCoordinators::topic_deleted(const catalog::Topic& topic) {
  if (topic.internal) return;
  for (const auto& partition : partitions()) {
    const GroupAccess access = partition->topic_deleted(topic.name, topic.id, now());
    if (access == GroupAccess::ran) finish_turn(*partition);
    if (access == GroupAccess::must_load) submit_load(*partition);
  }
}

std::optional<groups::ConsumerTimes> GroupCoordinators::own_times(std::string_view group) const {
  const auto configs = broker_.group_configs().snapshot();
  const auto own = configs->find(group);
  if (own == configs->end()) return std::nullopt;
  const config::GroupOptions options = config::group_options(own->second, broker_.properties());
  return groups::ConsumerTimes{.session_ms = options.consumer_session_ms, .heartbeat_interval_ms = options.consumer_heartbeat_interval_ms};
}

void GroupCoordinators::configs_changed(std::string_view group) {
  if (GroupPartition* partition = partition_of(group)) partition->take_times(group);
}

void GroupCoordinators::stop() {
  if (stopped_.exchange(true)) return;
  const Table* all = table_.load(std::memory_order_acquire);
  if (all == nullptr) return;
  for (const auto& partition : *all) {
    finish_turn(*partition);
    partition->stop();
    finish_turn(*partition);
  }
}

void GroupCoordinators::schedule_sweep() {
  broker_.pool().submit_after(std::chrono::milliseconds(broker_.config().groups.retention_check_ms), [this] { sweep(); });
}

void GroupCoordinators::sweep() {
  for (const auto& partition : partitions()) sweep(*partition);
  schedule_sweep();
}

/// What nobody has loaded yet is swept once somebody has.
void GroupCoordinators::sweep(GroupPartition& partition) {
  auto state = groups::GroupShard::Sweep::more;
  while (state == groups::GroupShard::Sweep::more && !stopped_.load(std::memory_order_relaxed)) {
    state = groups::GroupShard::Sweep::done;
    const GroupAccess access = partition.run(
        now(), Writes::likely,
        [&](groups::GroupShard& shard, groups::Now at, groups::Effects& effects) { state = shard.expire_offsets(at, effects); });
    if (access != GroupAccess::ran) return;
    finish_turn(partition);
  }
}

}  // namespace streamline::broker
