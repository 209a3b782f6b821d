// A client claims what it knows unless the script says otherwise.
#include "scenario/transactions/transaction_requests.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "wire/error_code.h"

namespace streamline::scenario {

using transactions::PartitionName;
using transactions::Producer;
using wire::ErrorCode;

namespace {

std::string_view name_of_code(std::int16_t code) { return wire::to_string(ErrorCode(code)); }

std::string id_of(const Command& command) {
  const std::string id = command.value("id", "x");
  return id == "-" ? std::string() : id;
}

/// "t/0".
std::pair<std::string, std::int32_t> partition_of(const std::string& word) {
  const auto parts = split(word, '/');
  return {parts.at(0), parts.size() > 1 ? std::stoi(parts[1]) : 0};
}

void send_init(TransactionWorld& world, const Command& command, const Known& known) {
  const std::string id = id_of(command);
  wire::InitProducerIdRequest request;
  request.transactional_id = id;
  request.transaction_timeout_ms = static_cast<std::int32_t>(command.number("timeout", 60'000));
  request.enable2_pc = command.value("two_phase").has_value();
  request.keep_prepared_txn = command.value("keep").has_value();
  const bool goes_on = command.word(1) == "again" || command.value("pid") || command.value("epoch");
  if (goes_on) {
    const Producer producer = claimed(command, known);
    request.producer_id = producer.id.value;
    request.producer_epoch = producer.epoch;
  }
  const auto version = static_cast<std::int16_t>(command.number("v", 5));
  const auto call = world.call(command.word(0), wire::ApiKey::init_producer_id, version);
  world.shard().init_producer_id(request, call, world.now(), world.effects());
}

void send_offsets(TransactionWorld& world, const Command& command, const Known& known) {
  const std::string id = id_of(command);
  const Producer producer = claimed(command, known);
  const wire::AddOffsetsToTxnRequest request{
      .transactional_id = id, .producer_id = producer.id.value, .producer_epoch = producer.epoch, .group_id = "g"};
  const auto call = world.call(command.word(0), wire::ApiKey::add_offsets_to_txn, static_cast<std::int16_t>(command.number("v", 3)));
  const PartitionName offsets{.topic = "__consumer_offsets", .partition = static_cast<std::int32_t>(command.number("at", 4))};
  world.shard().add_offsets(request, offsets, call, world.now(), world.effects());
}

void send_end(TransactionWorld& world, const Command& command, const Known& known) {
  const std::string id = id_of(command);
  const Producer producer = claimed(command, known);
  const wire::EndTxnRequest request{
      .transactional_id = id, .producer_id = producer.id.value, .producer_epoch = producer.epoch, .committed = command.verb == "commit"};
  const auto call = world.call(command.word(0), wire::ApiKey::end_txn, static_cast<std::int16_t>(command.number("v", 4)));
  world.shard().end_transaction(request, call, world.now(), world.effects());
}

}  // namespace

Producer claimed(const Command& command, const Known& known) {
  const auto found = known.find(command.word(0));
  Producer producer = found == known.end() ? Producer{} : found->second;
  producer.id = ProducerId(command.number("pid", producer.id.value));
  const std::string epoch = command.value("epoch", "");
  if (epoch == "old")
    --producer.epoch;
  else if (epoch == "new")
    ++producer.epoch;
  else if (!epoch.empty())
    producer.epoch = static_cast<std::int16_t>(std::stoi(epoch));
  return producer;
}

void send(TransactionWorld& world, const Command& command, const Known& known) {
  if (command.verb == "init") return send_init(world, command, known);
  if (command.verb == "offsets") return send_offsets(world, command, known);
  send_end(world, command, known);
}

std::string added(TransactionWorld& world, const Command& command, const Known& known) {
  using Request = wire::AddPartitionsToTxnRequest::AddPartitionsToTxnTransaction;
  Arena arena;
  const std::string id = id_of(command);
  const Producer producer = claimed(command, known);
  std::vector<wire::AddPartitionsToTxnRequest::AddPartitionsToTxnTopic> topics;
  std::vector<std::pair<std::string, std::int32_t>> names;
  for (std::size_t i = 1; i < command.words.size(); ++i) names.push_back(partition_of(command.words[i]));
  for (const auto& [topic, partition] : names) {
    const auto list = arena.make_array<std::int32_t>(1);
    list[0] = partition;
    topics.push_back({.name = topic, .partitions = list});
  }
  const Request request{.transactional_id = id,
                        .producer_id = producer.id.value,
                        .producer_epoch = producer.epoch,
                        .verify_only = command.verb == "verify",
                        .topics = topics};
  const auto version = static_cast<std::int16_t>(command.number("v", command.verb == "verify" ? 4 : 3));
  const auto result = world.shard().add_partitions(request, version, arena, world.now(), world.effects());
  std::string line = command.word(0) + (command.verb == "verify" ? " verified" : " added");
  for (const auto& topic : result.topic_results) {
    for (const auto& partition : topic.results_by_partition)
      line += fmt::format(" {}/{}:{}", topic.name, partition.partition_index, name_of_code(partition.partition_error_code));
  }
  return line;
}

std::string judged(TransactionWorld& world, const Command& command, const Known& known) {
  const std::string id = id_of(command);
  const Producer producer = claimed(command, known);
  const auto [topic, index] = partition_of(command.word(1));
  const PartitionName partition{.topic = topic, .partition = index};
  const ErrorCode error = command.verb == "send" ? world.shard().add_partition(id, producer, partition, world.now(), world.effects())
                                                 : world.shard().verify_partition(id, producer, partition);
  return fmt::format("{} {} {}", command.word(0), command.word(1), wire::to_string(error));
}

std::vector<std::string> described(const TransactionWorld& world, const Command& command) {
  Arena arena;
  std::vector<std::string> lines;
  for (const std::string& word : command.words.empty() ? std::vector<std::string>{"x"} : command.words) {
    const std::string id = word == "-" ? std::string() : word;
    const auto told = world.shard().describe(id, arena);
    if (told.error_code != 0) {
      lines.push_back(fmt::format("{} {}", word, name_of_code(told.error_code)));
      continue;
    }
    const std::int64_t age_ms = told.transaction_start_time_ms < 0 ? -1 : world.now().wall_ms - told.transaction_start_time_ms;
    std::string line = fmt::format("{} {} {}/{} timeout={} age={}", told.transactional_id, told.transaction_state, told.producer_id,
                                   told.producer_epoch, told.transaction_timeout_ms, age_ms);
    for (const auto& topic : told.topics) line += fmt::format(" {}/{}", topic.topic, fmt::join(topic.partitions, ","));
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> listed(const TransactionWorld& world, const Command& command) {
  Arena arena;
  const auto names = split(command.value("states", ""), ',');
  std::vector<std::string_view> states(names.begin(), names.end());
  std::vector<std::int64_t> producers;
  for (const std::string& producer : split(command.value("producers", ""), ',')) producers.push_back(std::stoll(producer));
  const std::string pattern = command.value("pattern", "");
  wire::ListTransactionsRequest request{.state_filters = states,
                                        .producer_id_filters = producers,
                                        .duration_filter = command.number("longer", -1),
                                        .transactional_id_pattern = pattern};
  const auto verdict = transactions::judge_filters(request, arena);
  std::vector<std::string> lines;
  if (verdict.error_code != 0) lines.emplace_back(name_of_code(verdict.error_code));
  for (const std::string_view name : verdict.unknown_state_filters) lines.push_back(fmt::format("no state {}", name));
  for (const auto& each : world.shard().list(request, world.now(), arena))
    lines.push_back(fmt::format("{} {} {}", each.transactional_id, each.producer_id, each.transaction_state));
  return lines;
}

TransactionRecord raw_transaction_record(const Command& command) {
  const auto bytes = [](const std::string& hex) {
    std::vector<std::byte> out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) out.push_back(std::byte(std::stoi(hex.substr(i, 2), nullptr, 16)));
    return out;
  };
  TransactionRecord record{.key = bytes(command.value("key", "")), .value = std::nullopt};
  if (const auto value = command.value("value")) record.value = bytes(*value);
  return record;
}

}  // namespace streamline::scenario
