// OffsetForLeaderEpoch (key 23), versions 0 to 4: where a leader epoch ended, for clients that check for truncation (kafka-rules 95).
// v1 the epoch found, v2 the client's current one.
#include "wire/messages/offset_for_leader_epoch.h"

#include "broker/broker.h"
#include "broker/topic_partitions.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Message = wire::OffsetForLeaderEpochRequest;
using Response = wire::OffsetForLeaderEpochResponse;
using wire::ErrorCode;

ErrorCode answer_partition(const catalog::Topic* topic, const Message::OffsetForLeaderPartition& asked, Response::EpochEndOffset& answer) {
  const broker::Partition* partition = topic == nullptr ? nullptr : broker::find_partition(*topic, asked.partition);
  if (partition == nullptr || partition->closed()) return ErrorCode::unknown_topic_or_partition;
  const storage::Log& log = partition->log();
  const ErrorCode stale = broker::epoch_error(LeaderEpoch(asked.current_leader_epoch), log.leader_epoch());
  if (stale != ErrorCode::none) return stale;
  const storage::EpochEnd end = log.end_offset_for_epoch(LeaderEpoch(asked.leader_epoch));
  answer.leader_epoch = end.epoch.value;
  answer.end_offset = end.end_offset.value;
  return ErrorCode::none;
}

}  // namespace

void offset_for_leader_epoch(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  const auto topics = request.broker().catalog().snapshot();
  Response response;
  response.topics = request.arena().make_array<Response::OffsetForLeaderTopicResult>(message->topics.size());
  for (std::size_t t = 0; t < message->topics.size(); ++t) {
    const auto& asked = message->topics[t];
    auto& answered = response.topics[t];
    answered.topic = asked.topic;
    answered.partitions = request.arena().make_array<Response::EpochEndOffset>(asked.partitions.size());
    const catalog::Topic* topic = topics->find(asked.topic);
    for (std::size_t p = 0; p < asked.partitions.size(); ++p) {
      auto& answer = answered.partitions[p];
      answer.partition = asked.partitions[p].partition;
      answer.error_code = static_cast<std::int16_t>(answer_partition(topic, asked.partitions[p], answer));
    }
  }
  request.reply(response);
}

}  // namespace streamline::handlers
