// WriteTxnMarkers (key 27), versions 1 and 2: ends of transactions by whoever knows better than their coordinator: how administrators
// abort what hangs (kafka-rules 63 and 72). v1 flexible, v2 the version of the transaction. Answered when they are durable.
#include "wire/messages/write_txn_markers.h"

#include "broker/broker.h"
#include "broker/coordinator/marker.h"
#include "broker/topic_partitions.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"

namespace streamline::handlers {

namespace {

using Message = wire::WriteTxnMarkersRequest;
using Response = wire::WriteTxnMarkersResponse;
using wire::ErrorCode;

ErrorCode write(Request& request, const Message::WritableTxnMarker& asked, std::string_view topic_name, std::int32_t index) {
  broker::Broker& broker = request.broker();
  const auto topics = broker.catalog().snapshot();
  const catalog::Topic* topic = topics->find(topic_name);
  broker::Partition* partition = topic == nullptr ? nullptr : broker::find_partition(*topic, index);
  if (partition == nullptr) return ErrorCode::unknown_topic_or_partition;
  const record::EndMarker marker{.producer_id = ProducerId(asked.producer_id),
                                 .producer_epoch = asked.producer_epoch,
                                 .end = asked.transaction_result ? record::TransactionEnd::commit : record::TransactionEnd::abort,
                                 .coordinator_epoch = asked.coordinator_epoch};
  const auto outcome = broker::write_marker(broker, *partition, marker, nullptr);
  if (outcome.error) return broker::wire_error(*outcome.error);
  if (partition->log().high_watermark() > outcome.offset) return ErrorCode::none;
  if (const Status synced = partition->log().sync(); !synced) return broker::wire_error(synced.error().code);
  broker.tell_progress(*partition, 0, nullptr);
  return ErrorCode::none;
}

}  // namespace

void write_txn_markers(Request& request) {
  const auto message = decode<Message>(request);
  if (!message) return;
  Arena& arena = request.arena();
  Response response;
  response.markers = arena.make_array<Response::WritableTxnMarkerResult>(message->markers.size());
  for (std::size_t i = 0; i < message->markers.size(); ++i) {
    const auto& asked = message->markers[i];
    auto& told = response.markers[i];
    told.producer_id = asked.producer_id;
    told.topics = arena.make_array<Response::WritableTxnMarkerTopicResult>(asked.topics.size());
    for (std::size_t t = 0; t < asked.topics.size(); ++t) {
      const auto& topic = asked.topics[t];
      told.topics[t].name = topic.name;
      told.topics[t].partitions = arena.make_array<Response::WritableTxnMarkerPartitionResult>(topic.partition_indexes.size());
      for (std::size_t p = 0; p < topic.partition_indexes.size(); ++p) {
        const std::int32_t index = topic.partition_indexes[p];
        const ErrorCode error = write(request, asked, topic.name, index);
        told.topics[t].partitions[p] = {.partition_index = index, .error_code = static_cast<std::int16_t>(error)};
      }
    }
  }
  request.reply(response);
}

}  // namespace streamline::handlers
