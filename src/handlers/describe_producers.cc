// DescribeProducers (key 61), version 0: the producers that a partition knows, and the transactions that they have open there; for those
// who look for transactions that hang.
#include "wire/messages/describe_producers.h"

#include "broker/broker.h"
#include "broker/topic_partitions.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Message = wire::DescribeProducersRequest;
using Response = wire::DescribeProducersResponse;
using Answer = Response::PartitionResponse;
using wire::ErrorCode;

constexpr std::string_view kUnknown = "This server does not host this topic-partition.";

void describe(Request& request, const storage::Log& log, Answer& answer) {
  const auto known = log.describe_producers(WallTime{request.wall_ms()});
  answer.active_producers = request.arena().make_array<Response::ProducerState>(known.size());
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto& [producer, transaction] = known[i];
    auto& state = answer.active_producers[i];
    state.producer_id = producer.id.value;
    state.producer_epoch = producer.epoch;
    state.last_sequence = producer.last_sequence();
    state.last_timestamp = producer.last_update_ms;
    state.coordinator_epoch = transaction.coordinator_epoch;
    if (transaction.first) state.current_txn_start_offset = transaction.first->value;
  }
}

void answer_partition(Request& request, const catalog::Topic* topic, Answer& answer) {
  const broker::Partition* partition = topic == nullptr ? nullptr : broker::find_partition(*topic, answer.partition_index);
  if (partition != nullptr && !partition->closed()) return describe(request, partition->log(), answer);
  answer.error_code = static_cast<std::int16_t>(ErrorCode::unknown_topic_or_partition);
  // As Kafka, which says more of a topic than of a partition.
  if (topic == nullptr) answer.error_message = kUnknown;
}

}  // namespace

void describe_producers(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  const auto topics = request.broker().catalog().snapshot();
  Response response;
  response.topics = request.arena().make_array<Response::TopicResponse>(message->topics.size());
  for (std::size_t t = 0; t < message->topics.size(); ++t) {
    const auto& asked = message->topics[t];
    auto& answered = response.topics[t];
    answered.name = asked.name;
    answered.partitions = request.arena().make_array<Answer>(asked.partition_indexes.size());
    const catalog::Topic* topic = topics->find(asked.name);
    for (std::size_t p = 0; p < asked.partition_indexes.size(); ++p) {
      answered.partitions[p].partition_index = asked.partition_indexes[p];
      answer_partition(request, topic, answered.partitions[p]);
    }
  }
  request.reply(response);
}

}  // namespace streamline::handlers
