// A run: turns of a few operations by transactions, tools and sweeps; some turns fail, and the broker starts anew now and then.
#include "scenario/offset_driver.h"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "scenario/offset_model.h"
#include "scenario/text.h"
#include "scenario/world.h"
#include "wire/error_code.h"

namespace streamline::scenario {

namespace {

using groups::TransactionEnd;
using Place = OffsetModel::Place;

constexpr int kTurns = 80;
constexpr std::uint64_t kProducers = 4;
constexpr std::int32_t kPartitions = 2;
constexpr std::int64_t kRetentionMs = 20'000;
constexpr std::array<const char*, 2> kGroups = {"g", "h"};
constexpr std::array<const char*, 2> kTopics = {"t", "u"};

groups::Options options_of() {
  groups::Options options;
  options.offsets_retention_ms = kRetentionMs;
  return options;
}

/// The log as compaction may leave it: below the first open transaction nothing aborted, and of each key the last record.
std::vector<LoggedRecord> compacted(const std::vector<LoggedRecord>& log) {
  std::map<ProducerId, std::size_t> open;  // where it began
  std::set<std::size_t> dropped;
  std::map<ProducerId, std::vector<std::size_t>> written;
  for (std::size_t at = 0; at < log.size(); ++at) {
    const LoggedRecord& record = log[at];
    if (record.end) {
      if (*record.end == TransactionEnd::abort) dropped.insert(written[record.producer].begin(), written[record.producer].end());
      written.erase(record.producer);
      open.erase(record.producer);
    } else if (record.producer != kNoProducerId) {
      open.try_emplace(record.producer, at);
      written[record.producer].push_back(at);
    }
  }
  std::size_t stable = log.size();
  for (const auto& [producer, begin] : open) stable = std::min(stable, begin);
  std::map<std::vector<std::byte>, std::size_t> last;
  for (std::size_t at = 0; at < stable; ++at) {
    if (!log[at].end && !dropped.contains(at)) last[log[at].key] = at;
  }
  std::vector<LoggedRecord> kept;
  for (std::size_t at = 0; at < log.size(); ++at) {
    const bool is_old = at < stable && !log[at].end && (dropped.contains(at) || last[log[at].key] != at);
    if (!is_old) kept.push_back(log[at]);
  }
  return kept;
}

class Run {
 public:
  explicit Run(std::uint64_t seed) : random_(seed), world_(options_of()) {
    for (const char* topic : kTopics) world_.topics().add(topic, kPartitions);
  }

  std::string play() {
    for (int turn = 0; turn < kTurns && broken_.empty(); ++turn) {
      for (std::uint64_t operations = 1 + random_() % 3; operations > 0; --operations) operate();
      end_turn();
      check();
    }
    return broken_;
  }

 private:
  Place any_place() {
    const std::string group = kGroups[random_() % kGroups.size()];
    return {group, kTopics[random_() % kTopics.size()], static_cast<std::int32_t>(random_() % kPartitions)};
  }
  std::int64_t now_ms() const { return world_.now().wall_ms; }
  bool is_there(const std::string& topic) const { return world_.topics().by_name(topic).has_value(); }

  void operate() {
    const std::uint64_t dice = random_() % 100;
    if (dice < 45) return commit_in_transaction();
    if (dice < 60) return end_transaction();
    if (dice < 80) return commit();
    if (dice < 88) return delete_offset();
    if (dice < 91) return delete_group();
    if (dice < 95) return change_topics();
    sweep();
  }

  void commit() {
    const Place place = any_place();
    const auto& [group, topic, index] = place;
    std::array<wire::OffsetCommitRequest::OffsetCommitRequestPartition, 1> partitions{};
    partitions[0] = {.partition_index = index, .committed_offset = ++last_offset_};
    std::array<wire::OffsetCommitRequest::OffsetCommitRequestTopic, 1> topics{};
    topics[0].name = topic;
    topics[0].partitions = partitions;
    wire::OffsetCommitRequest request{.group_id = group, .topics = topics};
    request.generation_id_or_member_epoch = -1;
    const auto call = world_.call("tool", wire::ApiKey::offset_commit, 9);
    world_.shard().commit_offsets(request, call, world_.now(), world_.effects());
    if (is_there(topic)) model_.commit(place, last_offset_, now_ms());
  }

  void commit_in_transaction() {
    const Place place = any_place();
    const auto& [group, topic, index] = place;
    const ProducerId producer(static_cast<std::int64_t>(random_() % kProducers));
    std::array<wire::TxnOffsetCommitRequest::TxnOffsetCommitRequestPartition, 1> partitions{};
    partitions[0] = {.partition_index = index, .committed_offset = ++last_offset_};
    std::array<wire::TxnOffsetCommitRequest::TxnOffsetCommitRequestTopic, 1> topics{};
    topics[0] = {.name = topic, .partitions = partitions};
    const wire::TxnOffsetCommitRequest request{.group_id = group, .producer_id = producer.value, .topics = topics};
    const auto call = world_.call("producer", wire::ApiKey::txn_offset_commit, 5);
    world_.shard().commit_offsets_in_transaction(request, call, world_.now(), world_.effects());
    if (is_there(topic)) model_.commit_in_transaction(producer, place, last_offset_, now_ms());
  }

  void end_transaction() {
    const ProducerId producer(static_cast<std::int64_t>(random_() % kProducers));
    const TransactionEnd end = random_() % 2 == 0 ? TransactionEnd::commit : TransactionEnd::abort;
    world_.end_transaction(producer, end);
    model_.end(producer, end);
    durable_ = model_;
  }

  void delete_offset() {
    const Place place = any_place();
    const auto& [group, topic, index] = place;
    std::array<wire::OffsetDeleteRequest::OffsetDeleteRequestPartition, 1> partitions{};
    partitions[0].partition_index = index;
    std::array<wire::OffsetDeleteRequest::OffsetDeleteRequestTopic, 1> topics{};
    topics[0] = {.name = topic, .partitions = partitions};
    const wire::OffsetDeleteRequest request{.group_id = group, .topics = topics};
    world_.shard().delete_offsets(request, world_.call("tool", wire::ApiKey::offset_delete, 0), world_.now(), world_.effects());
    if (is_there(topic)) model_.remove(place);
  }

  void delete_group() {
    const std::string group = kGroups[random_() % kGroups.size()];
    static_cast<void>(world_.shard().delete_group(group, world_.now(), world_.effects()));
    model_.remove_group(group);
  }

  void change_topics() {
    const std::string topic = kTopics[random_() % kTopics.size()];
    const auto gone = world_.topics().remove(topic);
    if (!gone) return world_.topics().add(topic, kPartitions);
    world_.shard().topic_deleted(gone->name, gone->id, world_.now(), world_.effects());
    model_.remove_topic(topic);
    // Whatever becomes of the turn: a load drops what is left of a topic that is gone.
    durable_.remove_topic(topic);
  }

  void sweep() {
    while (world_.shard().expire_offsets(world_.now(), world_.effects()) == groups::GroupShard::Sweep::more) continue;
    model_.expire(now_ms() - kRetentionMs);
  }

  void end_turn() {
    const std::uint64_t dice = random_() % 20;
    if (dice == 0) {
      world_.fail_turn(wire::ErrorCode::not_enough_replicas);
      world_.pass(0);
      model_ = durable_;
    } else {
      world_.pass(dice > 14 ? static_cast<std::int64_t>(random_() % 15'000) : 0);
      if (dice == 1) {
        world_.restart();
        world_.pass(0);
      }
    }
    durable_ = model_;
  }

  void check() {
    for (const char* group : kGroups) {
      for (const char* topic : kTopics) {
        for (std::int32_t partition = 0; partition < kPartitions; ++partition) check(Place{group, topic, partition});
      }
      if (model_.has(group) && world_.shard().state().find(group) == nullptr) fail("a group with offsets is not there");
    }
    const std::string live = durable_state(world_.shard());
    if (live != durable_state(*world_.replayed())) fail("the log says something else:\n" + live + durable_state(*world_.replayed()));
    if (random_() % 8 != 0 || !broken_.empty()) return;
    world_.log() = compacted(world_.log());
    if (live != durable_state(*world_.replayed()))
      fail("the compacted log says something else:\n" + live + durable_state(*world_.replayed()));
  }

  void check(const Place& place) {
    const std::int64_t expected = model_.committed(place);
    const auto [group, topic, partition] = place;
    const auto told = fetched(place, groups::offsets::Wanted::committed);
    const auto stable = fetched(place, groups::offsets::Wanted::stable);
    if (told != std::pair(expected, std::int16_t{0}))
      fail(fmt::format("{} {}/{} is {}, not {}", group, topic, partition, told.first, expected));
    const auto waits = static_cast<std::int16_t>(wire::ErrorCode::unstable_offset_commit);
    const auto due = model_.is_pending(place) ? std::pair(std::int64_t{-1}, waits) : std::pair(expected, std::int16_t{0});
    if (stable != due) fail(fmt::format("{} {}/{} shows {} to who waits for {}", group, topic, partition, stable.first, due.first));
  }

  std::pair<std::int64_t, std::int16_t> fetched(const Place& place, groups::offsets::Wanted wanted) {
    Arena arena;
    std::array<std::int32_t, 1> indexes = {std::get<2>(place)};
    std::array<wire::OffsetFetchRequest::OffsetFetchRequestTopics, 1> topics{};
    topics[0].name = std::get<1>(place);
    topics[0].partition_indexes = indexes;
    wire::OffsetFetchRequest::OffsetFetchRequestGroup request{.group_id = std::get<0>(place)};
    request.topics = topics;
    const auto answer = world_.shard().fetch_offsets(request, {.version = 9, .wanted = wanted}, arena);
    const auto& partition = answer.topics[0].partitions[0];
    return {partition.committed_offset, partition.error_code};
  }

  void fail(const std::string& what) {
    if (broken_.empty()) broken_ = what;
  }

  std::mt19937_64 random_;
  World world_;
  OffsetModel model_;
  OffsetModel durable_;
  std::int64_t last_offset_ = 0;
  std::string broken_;
};

}  // namespace

std::string broken_in_random_offsets(std::uint64_t seed) {
  const std::string broken = Run(seed).play();
  return broken.empty() ? broken : fmt::format("seed {}: {}", seed, broken);
}

}  // namespace streamline::scenario
