// DescribeQuorum (key 55), versions 0 to 2: the one node is its own quorum, and its leader since the first day. Its log of metadata is the
// catalog: what stands for an offset is the number of its changes since the start.
#include "wire/messages/describe_quorum.h"

#include "broker/broker.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Message = wire::DescribeQuorumRequest;
using Response = wire::DescribeQuorumResponse;
using wire::ErrorCode;

constexpr std::string_view kMetadataTopic = "__cluster_metadata";
constexpr std::int32_t kFirstEpoch = 1;
constexpr std::string_view kUnknown = "This server does not host this topic-partition.";

/// Kafka answers for the metadata's partition when it is asked for alone, and for nothing else.
bool asks_for_metadata(const Message& message) {
  return message.topics.size() == 1 && message.topics[0].topic_name == kMetadataTopic && message.topics[0].partitions.size() == 1 &&
         message.topics[0].partitions[0].partition_index == 0;
}

void describe(Request& request, Response::PartitionData& answer) {
  auto& broker = request.broker();
  Arena& arena = request.arena();
  answer.leader_id = broker.node_id();
  answer.leader_epoch = kFirstEpoch;
  answer.high_watermark = static_cast<std::int64_t>(broker.catalog().version());
  answer.current_voters = arena.make_array<Response::ReplicaState>(1);
  auto& voter = answer.current_voters[0];
  voter.replica_id = broker.node_id();
  // The one directory's name is the cluster's: both were made with it.
  voter.replica_directory_id = broker.store().cluster_id();
  voter.log_end_offset = answer.high_watermark;
  voter.last_fetch_timestamp = voter.last_caught_up_timestamp = request.wall_ms();
}

void tell_nodes(Request& request, Response& response) {
  Arena& arena = request.arena();
  const broker::Endpoint endpoint = request.endpoint();
  response.nodes = arena.make_array<Response::Node>(1);
  response.nodes[0].node_id = request.broker().node_id();
  response.nodes[0].listeners = arena.make_array<Response::Listener>(1);
  auto& listener = response.nodes[0].listeners[0];
  listener.name = arena.copy(request.listener_name());
  listener.host = arena.copy(endpoint.host);
  listener.port = static_cast<std::uint16_t>(endpoint.port);
}

}  // namespace

void describe_quorum(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  const bool known = asks_for_metadata(*message);
  Response response;
  response.error_message = "";
  response.topics = request.arena().make_array<Response::TopicData>(message->topics.size());
  for (std::size_t i = 0; i < message->topics.size(); ++i) {
    const auto& asked = message->topics[i];
    auto& topic = response.topics[i];
    topic.topic_name = asked.topic_name;
    topic.partitions = request.arena().make_array<Response::PartitionData>(asked.partitions.size());
    for (std::size_t j = 0; j < asked.partitions.size(); ++j) {
      auto& partition = topic.partitions[j];
      partition.partition_index = asked.partitions[j].partition_index;
      partition.error_message = "";
      if (known) {
        describe(request, partition);
      } else {
        partition.error_code = static_cast<std::int16_t>(ErrorCode::unknown_topic_or_partition);
        partition.error_message = kUnknown;
      }
    }
  }
  if (known) tell_nodes(request, response);
  request.reply(response);
}

}  // namespace streamline::handlers
