// AlterPartitionReassignments (key 45), versions 0 and 1: a partition can only stay where it is, on this broker (kafka-rules 138, 14.7).
#include "wire/messages/alter_partition_reassignments.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/broker.h"
#include "broker/topic_partitions.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/refusal.h"

namespace streamline::handlers {

namespace {

using Message = wire::AlterPartitionReassignmentsRequest;
using Response = wire::AlterPartitionReassignmentsResponse;
using Answer = Response::ReassignableTopicResponse;
using Result = Response::ReassignablePartitionResponse;
using wire::ErrorCode;

/// Why the replicas are refused; empty when they are where the partition is.
std::string problem(std::span<const std::int32_t> replicas, std::int32_t node_id) {
  if (replicas.empty()) return "The manual partition assignment includes an empty replica list.";
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    const auto before = replicas.first(i);
    if (std::ranges::find(before, replicas[i]) != before.end()) {
      return fmt::format("The manual partition assignment includes the broker {} more than once.", replicas[i]);
    }
    if (replicas[i] != node_id) {
      return fmt::format("The manual partition assignment includes broker {}, but no such broker is registered.", replicas[i]);
    }
  }
  return {};
}

void reassign(Request& request, const catalog::Topic* topic, const Message::ReassignablePartition& asked, Result& result) {
  if (broker::find_partition(*topic, asked.partition_index) == nullptr) {
    return refuse(request, result, ErrorCode::unknown_topic_or_partition,
                  fmt::format("Unable to find partition {}:{}.", topic->name, asked.partition_index));
  }
  if (!asked.replicas) {
    // To cancel: nothing is ever on its way.
    result.error_code = static_cast<std::int16_t>(ErrorCode::no_reassignment_in_progress);
    return;
  }
  const std::string why = problem(*asked.replicas, request.broker().node_id());
  if (!why.empty()) refuse(request, result, ErrorCode::invalid_replica_assignment, why);
}

}  // namespace

void alter_partition_reassignments(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  const auto topics = request.broker().catalog().snapshot();
  Response response;
  response.allow_replication_factor_change = message->allow_replication_factor_change;
  response.error_message.reset();
  response.responses = request.arena().make_array<Answer>(message->topics.size());
  for (std::size_t i = 0; i < message->topics.size(); ++i) {
    const auto& asked = message->topics[i];
    const catalog::Topic* topic = topics->find(asked.name);
    Answer& answer = response.responses[i];
    answer.name = asked.name;
    answer.partitions = request.arena().make_array<Result>(asked.partitions.size());
    for (std::size_t j = 0; j < asked.partitions.size(); ++j) {
      Result& result = answer.partitions[j];
      result.partition_index = asked.partitions[j].partition_index;
      result.error_message.reset();
      if (topic != nullptr) {
        reassign(request, topic, asked.partitions[j], result);
      } else {
        refuse(request, result, ErrorCode::unknown_topic_or_partition, fmt::format("Unable to find a topic named {}.", asked.name));
      }
    }
  }
  request.reply(response);
}

}  // namespace streamline::handlers
