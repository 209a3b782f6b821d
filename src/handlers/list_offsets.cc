// ListOffsets (key 2), versions 0 to 11: the ends of a partition, and the first offset at or after a time (kafka-rules 90 to 94).
// v0 answers with the starts of segments before a time instead.
// Look-ups by time read segments, so they move to the pool.
#include "wire/messages/list_offsets.h"

#include <algorithm>
#include <set>
#include <utility>

#include "broker/broker.h"
#include "broker/topic_partitions.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Message = wire::ListOffsetsRequest;
using Response = wire::ListOffsetsResponse;
using Answer = Response::ListOffsetsPartitionResponse;
using wire::ErrorCode;

/// Timestamps that stand for a place. The version is the first that knows it.
constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kEarliest = -2;
constexpr std::int64_t kMaxTimestamp = -3;           // v7
constexpr std::int64_t kEarliestLocal = -4;          // v8
constexpr std::int64_t kLatestTiered = -5;           // v9
constexpr std::int64_t kEarliestPendingUpload = -6;  // v11

enum class Isolation : std::uint8_t { uncommitted, committed };

bool is_known(std::int64_t timestamp, std::int16_t version) {
  switch (timestamp) {
    case kMaxTimestamp: return version >= 7;
    case kEarliestLocal: return version >= 8;
    case kLatestTiered: return version >= 9;
    case kEarliestPendingUpload: return version >= 11;
    default: return timestamp >= kEarliest;
  }
}

bool reads_segments(std::int64_t timestamp) { return timestamp >= 0 || timestamp == kMaxTimestamp; }

void set(Answer& answer, const storage::TimestampOffset& found) {
  answer.timestamp = found.timestamp;
  answer.offset = found.offset.value;
  answer.leader_epoch = found.leader_epoch.value;
}

/// Version 0 (kafka-rules 92): the end, when it counts, and then the starts of segments, newest first.
ErrorCode look_up_segments(Request& request, const storage::Log& log, const Message::ListOffsetsPartition& asked, Answer& answer) {
  const Offset end = log.high_watermark();
  const bool by_time = asked.timestamp != kLatest && asked.timestamp != kEarliest;
  auto starts = log.segment_starts(by_time ? asked.timestamp : INT64_MAX);
  if (!starts) return broker::wire_error(starts.error().code);
  if (asked.timestamp == kEarliest) starts->assign(1, log.log_start());
  // What was written since the last sync is not visible yet: such a segment starts at the end.
  for (Offset& start : *starts) start = std::min(start, end);
  const bool counts_end = asked.timestamp == kLatest || (by_time && asked.timestamp >= request.wall_ms());
  if (counts_end) starts->insert(starts->begin(), end);
  starts->erase(std::unique(starts->begin(), starts->end()), starts->end());
  const auto most = static_cast<std::size_t>(std::max(asked.max_num_offsets, 0));
  answer.old_style_offsets = request.arena().make_array<std::int64_t>(std::min(most, starts->size()));
  for (std::size_t i = 0; i < answer.old_style_offsets.size(); ++i) answer.old_style_offsets[i] = (*starts)[i].value;
  return ErrorCode::none;
}

/// Readers of committed data are told of nothing that they may not read.
ErrorCode look_up(const storage::Log& log, std::int64_t timestamp, Offset end, Answer& answer) {
  switch (timestamp) {
    case kLatest: set(answer, {.timestamp = -1, .offset = end, .leader_epoch = log.leader_epoch()}); return ErrorCode::none;
    case kEarliest:
    case kEarliestLocal:
      set(answer, {.timestamp = -1, .offset = log.log_start(), .leader_epoch = log.leader_epoch()});
      return ErrorCode::none;
    case kLatestTiered:
    case kEarliestPendingUpload: return ErrorCode::none;  // nothing is tiered: -1
    case kMaxTimestamp: {
      const auto found = log.max_timestamp_offset();
      if (!found) return broker::wire_error(found.error().code);
      if (found->offset < end) set(answer, *found);
      return ErrorCode::none;
    }
    default: {
      const auto found = log.offset_for_time(timestamp);
      if (!found) return broker::wire_error(found.error().code);
      if (*found && (*found)->offset < end) set(answer, **found);
      return ErrorCode::none;
    }
  }
}

ErrorCode answer_partition(Request& request, const catalog::Topic* topic, Isolation isolation, const Message::ListOffsetsPartition& asked,
                           Answer& answer) {
  const broker::Partition* partition = topic == nullptr ? nullptr : broker::find_partition(*topic, asked.partition_index);
  if (partition == nullptr || partition->closed()) return ErrorCode::unknown_topic_or_partition;
  const storage::Log& log = partition->log();
  const ErrorCode stale = broker::epoch_error(LeaderEpoch(asked.current_leader_epoch), log.leader_epoch());
  if (stale != ErrorCode::none) return stale;
  if (!is_known(asked.timestamp, request.version())) return ErrorCode::unsupported_version;
  if (request.version() == 0) return look_up_segments(request, log, asked, answer);
  const Offset end = isolation == Isolation::committed ? log.last_stable() : log.high_watermark();
  return look_up(log, asked.timestamp, end, answer);
}

bool must_block(const Message& message) {
  return std::any_of(message.topics.begin(), message.topics.end(), [](const auto& topic) {
    return std::any_of(topic.partitions.begin(), topic.partitions.end(),
                       [](const auto& partition) { return reads_segments(partition.timestamp); });
  });
}

using Named = std::pair<std::string_view, std::int32_t>;
std::set<Named> duplicates_in(const Message& message) {
  std::set<Named> seen;
  std::set<Named> twice;
  for (const auto& topic : message.topics) {
    for (const auto& partition : topic.partitions) {
      const Named named(topic.name, partition.partition_index);
      if (!seen.insert(named).second) twice.insert(named);
    }
  }
  return twice;
}

}  // namespace

void list_offsets(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  if (must_block(*message) && !request.may_block()) return request.continue_on_pool();
  const auto topics = request.broker().catalog().snapshot();
  const auto duplicates = duplicates_in(*message);
  std::set<Named> told;
  const Isolation isolation = message->isolation_level == 1 ? Isolation::committed : Isolation::uncommitted;
  Response response;
  response.topics = request.arena().make_array<Response::ListOffsetsTopicResponse>(message->topics.size());
  for (std::size_t t = 0; t < message->topics.size(); ++t) {
    const auto& asked = message->topics[t];
    auto& answered = response.topics[t];
    const catalog::Topic* topic = topics->find(asked.name);
    answered.name = asked.name;
    const auto answers = request.arena().make_array<Answer>(asked.partitions.size());
    std::size_t count = 0;
    for (std::size_t p = 0; p < asked.partitions.size(); ++p) {
      const Named named(asked.name, asked.partitions[p].partition_index);
      const bool twice = duplicates.contains(named);
      // As in Kafka, what was asked twice is answered once.
      if (twice && !told.insert(named).second) continue;
      Answer& answer = answers[count++];
      answer.partition_index = asked.partitions[p].partition_index;
      const ErrorCode error = twice ? ErrorCode::invalid_request : answer_partition(request, topic, isolation, asked.partitions[p], answer);
      answer.error_code = static_cast<std::int16_t>(error);
    }
    answered.partitions = answers.first(count);
  }
  request.reply(response);
}

}  // namespace streamline::handlers
