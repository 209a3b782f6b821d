// DescribeTopicPartitions (key 75), version 0: topics in pages, by name order, with a cursor to go on from (KIP-966, kafka-rules 28).
// Behind each partition we tell of its next deletion (wire/next_deletion.h). On the pool, because that may read an old segment.
#include "wire/messages/describe_topic_partitions.h"

#include <algorithm>
#include <set>
#include <vector>

#include "broker/broker.h"
#include "broker/topic_partitions.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/topic_description.h"
#include "wire/next_deletion.h"

namespace streamline::handlers {

namespace {

using Message = wire::DescribeTopicPartitionsRequest;
using Response = wire::DescribeTopicPartitionsResponse;
using Answer = Response::DescribeTopicPartitionsResponseTopic;
using wire::ErrorCode;

/// Partitions in one answer, whatever the client asks for.
constexpr std::int32_t kMaxPartitions = 2000;

std::vector<std::string_view> names_wanted(const Message& message, const catalog::TopicMap& topics) {
  std::set<std::string_view> names;
  for (const auto& topic : message.topics) names.insert(topic.name);
  if (message.topics.empty()) topics.for_each([&](const catalog::Topic& topic) { names.insert(topic.name); });
  return {names.begin(), names.end()};
}

struct Page {
  std::size_t room;
  std::span<std::int32_t> replica;
};

std::span<const wire::UnknownTag> tell_next_deletion(Request& request, const storage::Log& log) {
  const Result<storage::NextDeletion> next = log.next_deletion();
  if (!next) return {};
  auto bytes = request.arena().make_array<wire::NextDeletionBytes>(1);
  bytes[0] = wire::encode({.due_ms = next->due_ms, .bytes_left = next->bytes_left, .up_to = next->up_to.value});
  auto tags = request.arena().make_array<wire::UnknownTag>(1);
  tags[0] = {.tag = wire::kNextDeletionTag, .bytes = bytes[0]};
  return tags;
}

/// A cursor of no place: each topic that was asked for is told so.
std::span<Answer> refuse_cursor(Request& request, const Message& message) {
  auto answers = request.arena().make_array<Answer>(message.topics.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    answers[i].name = message.topics[i].name;
    answers[i].error_code = static_cast<std::int16_t>(ErrorCode::invalid_request);
  }
  return answers;
}

/// Describes partitions from `first` on; true when all of them found room.
bool describe(Request& request, const catalog::Topic& topic, std::int32_t first, Page& page, Answer& answer) {
  const auto& partitions = broker::partitions_of(topic).partitions;
  answer.topic_id = topic.id;
  answer.is_internal = topic.internal;
  answer.topic_authorized_operations = kAllTopicOperations;
  const auto begin = static_cast<std::size_t>(first);
  const std::size_t left = begin < partitions.size() ? partitions.size() - begin : 0;
  const std::size_t count = std::min(left, page.room);
  answer.partitions = request.arena().make_array<Response::DescribeTopicPartitionsResponsePartition>(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto& partition = answer.partitions[i];
    partition.partition_index = static_cast<std::int32_t>(begin + i);
    partition.leader_id = request.broker().node_id();
    partition.leader_epoch = partitions[begin + i]->log().leader_epoch().value;
    partition.replica_nodes = page.replica;
    partition.isr_nodes = page.replica;
    partition.eligible_leader_replicas.emplace();
    partition.last_known_elr.emplace();
    partition.unknown_tags = tell_next_deletion(request, partitions[begin + i]->log());
  }
  page.room -= count;
  return count == left;
}

}  // namespace

void describe_topic_partitions(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  Response response;
  if (message->cursor && message->cursor->partition_index < 0) {
    response.topics = refuse_cursor(request, *message);
    return request.reply(response);
  }
  const auto topics = request.broker().catalog().snapshot();
  const auto names = names_wanted(*message, *topics);
  Page page{.room = static_cast<std::size_t>(std::clamp(message->response_partition_limit, 1, kMaxPartitions)),
            .replica = only_replica(request)};
  const std::string_view from = message->cursor ? message->cursor->topic_name : std::string_view{};

  auto answers = request.arena().make_array<Answer>(names.size());
  std::size_t count = 0;
  for (const std::string_view name : names) {
    if (name < from) continue;
    const std::int32_t first = message->cursor && name == from ? message->cursor->partition_index : 0;
    if (page.room == 0) {
      response.next_cursor.emplace();
      response.next_cursor->topic_name = request.arena().copy(name);
      response.next_cursor->partition_index = first;
      break;
    }
    Answer& answer = answers[count++];
    answer.name = request.arena().copy(name);
    const catalog::Topic* topic = topics->find(name);
    if (topic == nullptr) {
      const bool valid = catalog::check_topic_name(name).has_value();
      answer.error_code = static_cast<std::int16_t>(valid ? ErrorCode::unknown_topic_or_partition : ErrorCode::invalid_topic_exception);
      continue;
    }
    if (describe(request, *topic, first, page, answer)) continue;
    response.next_cursor.emplace();
    response.next_cursor->topic_name = *answer.name;
    response.next_cursor->partition_index = first + static_cast<std::int32_t>(answer.partitions.size());
    break;
  }
  response.topics = answers.first(count);
  request.reply(response);
}

}  // namespace streamline::handlers
