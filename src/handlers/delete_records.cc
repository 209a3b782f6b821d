// DeleteRecords (key 21), versions 0 to 2: moves the start of partitions up, to an offset or (-1) to the high watermark (KIP-107). Records
// below are gone for every reader, and for good, when the answer is sent; their files go in the background.
#include "wire/messages/delete_records.h"

#include <vector>

#include "broker/broker.h"
#include "broker/topic_partitions.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Message = wire::DeleteRecordsRequest;
using Response = wire::DeleteRecordsResponse;
using Answer = Response::DeleteRecordsPartitionResult;
using wire::ErrorCode;

constexpr std::int64_t kHighWatermark = -1;

/// A partition that passed its checks.
struct Accepted {
  std::shared_ptr<broker::Partition> partition;
  Answer* answer;
};

ErrorCode check(const catalog::Topic* topic, const Message::DeleteRecordsPartition& asked) {
  const broker::Partition* partition = topic == nullptr ? nullptr : broker::find_partition(*topic, asked.partition_index);
  if (partition == nullptr || partition->closed()) return ErrorCode::unknown_topic_or_partition;
  if (topic->internal) return ErrorCode::invalid_topic_exception;
  const auto& options = broker::partitions_of(*topic).options;
  // Compaction alone decides what such a topic keeps.
  if (options.compact && !options.delete_old) return ErrorCode::policy_violation;
  return asked.offset < kHighWatermark ? ErrorCode::offset_out_of_range : ErrorCode::none;
}

}  // namespace

void delete_records(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  auto& broker = request.broker();
  const auto topics = broker.catalog().snapshot();
  std::vector<Accepted> accepted;
  std::vector<storage::StartMove> moves;
  Response response;
  response.topics = request.arena().make_array<Response::DeleteRecordsTopicResult>(message->topics.size());
  for (std::size_t t = 0; t < message->topics.size(); ++t) {
    const auto& asked = message->topics[t];
    const catalog::Topic* topic = topics->find(asked.name);
    response.topics[t].name = asked.name;
    response.topics[t].partitions = request.arena().make_array<Answer>(asked.partitions.size());
    for (std::size_t p = 0; p < asked.partitions.size(); ++p) {
      Answer& answer = response.topics[t].partitions[p];
      answer.partition_index = asked.partitions[p].partition_index;
      answer.low_watermark = kNoOffset.value;
      const ErrorCode error = check(topic, asked.partitions[p]);
      answer.error_code = static_cast<std::int16_t>(error);
      if (error != ErrorCode::none) continue;
      const auto& partition = broker::partitions_of(*topic).partitions[static_cast<std::size_t>(answer.partition_index)];
      const std::int64_t offset = asked.partitions[p].offset;
      const Offset start = offset == kHighWatermark ? partition->log().high_watermark() : Offset(offset);
      moves.push_back({.topic_id = topic->id, .partition = answer.partition_index, .start = start});
      accepted.push_back({partition, &answer});
    }
  }
  const std::vector<Status> outcomes = broker.store().move_starts(moves, WallTime{request.wall_ms()});
  for (std::size_t i = 0; i < accepted.size(); ++i) {
    Answer& answer = *accepted[i].answer;
    if (!outcomes[i]) {
      answer.error_code = static_cast<std::int16_t>(broker::wire_error(outcomes[i].error().code));
      continue;
    }
    answer.low_watermark = accepted[i].partition->log().log_start().value;
    // Whoever waits at an offset that is gone now is told.
    broker.tell_progress(*accepted[i].partition, 0, nullptr);
  }
  request.reply(response);
}

}  // namespace streamline::handlers
