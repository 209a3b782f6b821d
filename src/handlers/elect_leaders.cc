// ElectLeaders (key 43), versions 0 to 2. The one replica of each partition leads it, so no election is ever needed (kafka-rules 138).
#include "wire/messages/elect_leaders.h"

#include <fmt/format.h>

#include "broker/broker.h"
#include "broker/topic_partitions.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"

namespace streamline::handlers {

namespace {

using Message = wire::ElectLeadersRequest;
using Response = wire::ElectLeadersResponse;
using Answer = Response::ReplicaElectionResult;
using Result = Response::PartitionResult;
using wire::ErrorCode;

/// The types of elections: of the preferred leader, and of one that may lack records.
constexpr std::int8_t kPreferred = 0;
constexpr std::int8_t kUnclean = 1;

void elect(Request& request, std::int8_t type, const Message::TopicPartitions& asked, Answer& answer) {
  const auto topic = request.broker().catalog().snapshot()->share(asked.topic);
  answer.topic = asked.topic;
  answer.partition_result = request.arena().make_array<Result>(asked.partitions.size());
  for (std::size_t i = 0; i < asked.partitions.size(); ++i) {
    Result& result = answer.partition_result[i];
    result.partition_id = asked.partitions[i];
    if (type != kPreferred && type != kUnclean) {
      refuse(request, result, ErrorCode::invalid_request, fmt::format("Unknown election type {}", type));
    } else if (topic == nullptr) {
      refuse(request, result, ErrorCode::unknown_topic_or_partition, fmt::format("No such topic as {}", asked.topic));
    } else if (broker::find_partition(*topic, result.partition_id) == nullptr) {
      refuse(request, result, ErrorCode::unknown_topic_or_partition,
             fmt::format("No such partition as {}-{}", asked.topic, result.partition_id));
    } else {
      refuse(request, result, ErrorCode::election_not_needed, "Leader election not needed for topic partition.");
    }
  }
}

}  // namespace

void elect_leaders(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  Response response;
  const std::int8_t type = request.version() == 0 ? kPreferred : message->election_type;
  if (type != kPreferred && type != kUnclean) response.error_code = static_cast<std::int16_t>(ErrorCode::invalid_request);
  // Null asks for whatever needs an election: nothing does.
  if (message->topic_partitions) {
    const auto& asked = *message->topic_partitions;
    response.replica_election_results = request.arena().make_array<Answer>(asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i) elect(request, type, asked[i], response.replica_election_results[i]);
  }
  request.reply(response);
}

}  // namespace streamline::handlers
