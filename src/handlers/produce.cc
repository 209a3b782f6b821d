// Produce (key 0), versions 0 to 13. Versions below 3 bring message sets and have a file of their own, old_produce.cc.
// v3 transactional id, v5 log start offset, v7 zstd, v8 record errors, v9 flexible, v10 leader hints (never needed on one node),
// v12 implicit AddPartitionsToTxn, v13 topic ids. Without a coordinator of transactions no batch can be part of one.
#include "wire/messages/produce.h"

#include "broker/broker.h"
#include "broker/shard.h"
#include "broker/topic_partitions.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "handlers/old_produce.h"
#include "handlers/produce_steps.h"
#include "record/validator.h"

namespace streamline::handlers {

namespace {

using broker::ProduceOp;
using wire::ErrorCode;
using wire::ProduceRequest;

constexpr std::int16_t kFirstWithTopicIds = 13;
constexpr std::int16_t kFirstThatKnowsAbortable = 11;

ErrorCode transactional_error(const Request& request) {
  return request.version() >= kFirstThatKnowsAbortable ? ErrorCode::transaction_abortable : ErrorCode::invalid_txn_state;
}

void take_partition(Request& request, const catalog::Topic& topic, std::string_view transactional_id,
                    const ProduceRequest::PartitionProduceData& data, ProduceOp& op, ProduceOp::Part& part) {
  broker::Partition* partition = broker::find_partition(topic, data.index);
  if (partition == nullptr || partition->closed()) {
    part.error = ErrorCode::unknown_topic_or_partition;
    return;
  }
  if (topic.internal) {
    part.error = ErrorCode::invalid_topic_exception;
    return;
  }
  const config::TopicOptions& options = broker::partitions_of(topic).options;
  const auto limits = validate_options(options, request.version(), request.shard().reactor().wall_ms());
  auto checked = record::validate_batch(data.records.bytes(), limits, request.shard().decompressor());
  if (!checked) return refuse(part, std::move(checked).error(), partition->log().log_start());
  if (checked->header.is_transactional() && request.broker().transaction_verifier() == nullptr) {
    part.error = transactional_error(request);
    return;
  }
  stage(request.shard(), *partition, options,
        {.header = checked->header, .bytes = data.records.mutable_bytes(), .transactional_id = transactional_id}, op, part);
}

void take_topic(Request& request, const ProduceRequest& message, const ProduceRequest::TopicProduceData& topic_data, ErrorCode refusal,
                ProduceOp& op) {
  const bool by_id = request.version() >= kFirstWithTopicIds;
  const auto& topics = request.shard().topics();
  const catalog::Topic* topic = by_id ? topics.find(topic_data.topic_id) : topics.find(topic_data.name);
  const ErrorCode unknown = by_id ? ErrorCode::unknown_topic_id : ErrorCode::unknown_topic_or_partition;
  op.begin_topic(topic_data.name, topic_data.topic_id);
  for (const auto& data : topic_data.partition_data) {
    ProduceOp::Part& part = op.add_part(data.index);
    if (refusal != ErrorCode::none) {
      part.error = refusal;
    } else if (topic == nullptr) {
      part.error = unknown;
    } else {
      take_partition(request, *topic, message.transactional_id.value_or(std::string_view{}), data, op, part);
    }
  }
}

}  // namespace

void produce(Request& request) {
  if (request.version() < kFirstProduceWithBatches) return old_produce(request);
  const auto message = decode<ProduceRequest>(request);
  if (!message) return;
  std::size_t partitions = 0;
  for (const auto& topic : message->topic_data) partitions += topic.partition_data.size();
  ProduceOp& op = request.shard().new_produce();
  op.start(request.slot(), request.header(), message->acks, message->timeout_ms, partitions);
  op.tell_throttle(request.throttle_ms());
  const ErrorCode refusal = request_error(*message);
  for (const auto& topic : message->topic_data) take_topic(request, *message, topic, refusal, op);
  if (op.ready()) return op.answer();
  if (op.verifies()) op.detach();
}

}  // namespace streamline::handlers
