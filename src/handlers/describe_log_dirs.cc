// DescribeLogDirs (key 35), versions 1 to 5: the one data directory, with the bytes that each partition holds in it and the room that is
// left (v4). Null topics = all.
#include "wire/messages/describe_log_dirs.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "broker/broker.h"
#include "broker/topic_partitions.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/log_dir.h"

namespace streamline::handlers {

namespace {

using Message = wire::DescribeLogDirsRequest;
using Response = wire::DescribeLogDirsResponse;
using Answer = Response::DescribeLogDirsTopic;

/// Partitions by topic; null stands for all of them.
using Wanted = std::map<std::string_view, std::optional<std::set<std::int32_t>>>;

Wanted what_is_wanted(const Message& message, const catalog::TopicMap& topics) {
  Wanted wanted;
  if (!message.topics) {
    topics.for_each([&](const catalog::Topic& topic) { wanted.emplace(topic.name, std::nullopt); });
    return wanted;
  }
  for (const auto& asked : *message.topics) {
    auto& indexes = wanted[asked.topic];
    if (!indexes) indexes.emplace();
    indexes->insert(asked.partitions.begin(), asked.partitions.end());
  }
  return wanted;
}

void describe(Request& request, const catalog::Topic& topic, const std::optional<std::set<std::int32_t>>& indexes, Answer& answer) {
  const auto& partitions = broker::partitions_of(topic).partitions;
  answer.name = request.arena().copy(topic.name);
  answer.partitions = request.arena().make_array<Response::DescribeLogDirsPartition>(partitions.size());
  std::size_t count = 0;
  for (const auto& partition : partitions) {
    if (indexes && !indexes->contains(partition->id().index)) continue;
    auto& described = answer.partitions[count++];
    described.partition_index = partition->id().index;
    described.partition_size = static_cast<std::int64_t>(partition->log().size_bytes());
  }
  answer.partitions = answer.partitions.first(count);
}

}  // namespace

void describe_log_dirs(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  auto& broker = request.broker();
  const auto topics = broker.catalog().snapshot();
  const Wanted wanted = what_is_wanted(*message, *topics);
  Response response;
  response.results = request.arena().make_array<Response::DescribeLogDirsResult>(1);
  auto& result = response.results[0];
  result.log_dir = request.arena().copy(log_dir(broker));
  result.topics = request.arena().make_array<Answer>(wanted.size());
  std::size_t count = 0;
  for (const auto& [name, indexes] : wanted) {
    const catalog::Topic* topic = topics->find(name);
    if (topic == nullptr) continue;
    describe(request, *topic, indexes, result.topics[count]);
    // Kafka leaves a topic out of which nothing lies here.
    if (!result.topics[count].partitions.empty()) ++count;
  }
  result.topics = result.topics.first(count);
  if (const auto usable = broker.free_bytes()) result.usable_bytes = static_cast<std::int64_t>(std::min<std::uint64_t>(*usable, INT64_MAX));
  request.reply(response);
}

}  // namespace streamline::handlers
