// Produce (key 0), versions 3 to 13.
// v3 transactional id, v5 log start offset, v7 zstd, v8 record errors, v9 flexible, v10 leader hints (never needed on one node),
// v12 implicit AddPartitionsToTxn, v13 topic ids. Transactions come with their coordinator: until then no batch can be part of one.
#include "wire/messages/produce.h"

#include "broker/append_stage.h"
#include "broker/shard.h"
#include "broker/topic_partitions.h"
#include "broker/wire_error.h"
#include "handlers/decode.h"
#include "handlers/handlers.h"
#include "record/validator.h"

namespace streamline::handlers {

namespace {

using broker::ProduceOp;
using wire::ErrorCode;
using wire::ProduceRequest;

constexpr std::int16_t kFirstWithZstd = 7;
constexpr std::int16_t kFirstWithTopicIds = 13;
constexpr std::int16_t kFirstThatKnowsAbortable = 11;

record::ValidateOptions validate_options(const config::TopicOptions& topic, const Request& request, std::int64_t now_ms) {
  record::ValidateOptions options;
  // What is re-encoded is opened anyway, and must not turn garbage under a good checksum into plain records.
  const bool full = topic.validation == config::ValidationMode::full || topic.codec != config::TopicCodec::producer;
  options.mode = full ? record::ValidationMode::full : record::ValidationMode::header;
  options.require_key = topic.compact;
  options.allow_zstd = request.version() >= kFirstWithZstd;
  options.timestamp_type = topic.timestamp_type == config::TimestampType::log_append_time ? record::TimestampType::log_append_time
                                                                                          : record::TimestampType::create_time;
  options.now_ms = now_ms;
  options.before_max_ms = topic.timestamp_before_max_ms;
  options.after_max_ms = topic.timestamp_after_max_ms;
  options.max_batch_bytes = static_cast<std::size_t>(topic.max_message_bytes);
  options.max_segment_bytes = static_cast<std::size_t>(topic.segment_bytes);
  return options;
}

void refuse(ProduceOp::Part& part, record::ValidationFailure failure, Offset log_start) {
  part.error = broker::wire_error(failure.error.code);
  part.error_message = std::move(failure.error.text);
  part.record_faults = std::move(failure.records);
  // Only what was read before it was refused carries the log start (kafka-rules 14.17).
  if (part.error == ErrorCode::invalid_record || part.error == ErrorCode::invalid_timestamp) part.log_start = log_start;
}

struct TargetCodec {
  record::Codec codec;
  int level;
};
TargetCodec target_codec(const config::TopicOptions& topic, record::Codec produced) {
  switch (topic.codec) {
    case config::TopicCodec::producer: return {produced, record::kDefaultLevel};
    case config::TopicCodec::uncompressed: return {record::Codec::none, record::kDefaultLevel};
    case config::TopicCodec::gzip: return {record::Codec::gzip, topic.gzip_level};
    case config::TopicCodec::snappy: return {record::Codec::snappy, record::kDefaultLevel};
    case config::TopicCodec::lz4: return {record::Codec::lz4, topic.lz4_level};
    case config::TopicCodec::zstd: return {record::Codec::zstd, topic.zstd_level};
  }
  return {produced, record::kDefaultLevel};
}

/// The batch as it goes to the log: re-encoded when the topic wants another codec, stamped when the topic wants its own time.
Result<MutableBytes> prepare(Request& request, const config::TopicOptions& topic, const record::BatchHeader& header, MutableBytes batch,
                             std::int64_t now_ms) {
  const TargetCodec target = target_codec(topic, header.codec());
  if (target.codec != header.codec()) {
    auto rewritten = request.shard().recompressor().recompress(batch, target.codec, target.level);
    if (!rewritten) return rewritten;
    // The recompressor's buffer is used again by the next batch of this turn.
    auto kept = request.arena().make_array<std::byte>(rewritten->size());
    std::copy(rewritten->begin(), rewritten->end(), kept.begin());
    batch = kept;
  }
  if (topic.timestamp_type == config::TimestampType::log_append_time) {
    record::patch_max_timestamp_and_type(batch, {.type = record::TimestampType::log_append_time, .max_timestamp = now_ms});
  }
  return batch;
}

ErrorCode transactional_error(const Request& request) {
  return request.version() >= kFirstThatKnowsAbortable ? ErrorCode::transaction_abortable : ErrorCode::invalid_txn_state;
}

void take_partition(Request& request, const catalog::Topic& topic, const ProduceRequest::PartitionProduceData& data, ProduceOp& op,
                    ProduceOp::Part& part) {
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
  const std::int64_t now_ms = request.shard().reactor().wall_ms();
  auto checked = record::validate_batch(data.records.bytes(), validate_options(options, request, now_ms), request.shard().decompressor());
  if (!checked) return refuse(part, std::move(checked).error(), partition->log().log_start());
  if (checked->header.is_transactional()) {
    part.error = transactional_error(request);
    return;
  }
  auto batch = prepare(request, options, checked->header, data.records.mutable_bytes(), now_ms);
  if (!batch) return refuse(part, {.error = std::move(batch).error(), .records = {}}, partition->log().log_start());
  if (options.timestamp_type == config::TimestampType::log_append_time) part.append_time_ms = now_ms;
  request.shard().appends().add(*partition, *batch, op, part);
}

bool has_transactional_batch(const ProduceRequest& message) {
  for (const auto& topic : message.topic_data) {
    for (const auto& data : topic.partition_data) {
      const auto header = record::read_batch_header(data.records.bytes());
      if (header && header->is_transactional()) return true;
    }
  }
  return false;
}

/// Why every partition of the request is refused, if so (kafka-rules 29, 42).
ErrorCode request_error(const ProduceRequest& message) {
  if (message.acks < -1 || message.acks > 1) return ErrorCode::invalid_required_acks;
  if (!message.transactional_id && has_transactional_batch(message)) return ErrorCode::transactional_id_authorization_failed;
  return ErrorCode::none;
}

void take_topic(Request& request, const ProduceRequest::TopicProduceData& topic_data, ErrorCode refusal, ProduceOp& op) {
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
      take_partition(request, *topic, data, op, part);
    }
  }
}

}  // namespace

void produce(Request& request) {
  const auto message = decode<ProduceRequest>(request);
  if (!message) return;
  std::size_t partitions = 0;
  for (const auto& topic : message->topic_data) partitions += topic.partition_data.size();
  ProduceOp& op = request.shard().new_produce();
  op.start(request.slot(), request.header(), message->acks, message->timeout_ms, partitions);
  const ErrorCode refusal = request_error(*message);
  for (const auto& topic : message->topic_data) take_topic(request, topic, refusal, op);
  if (op.ready()) op.answer();
}

}  // namespace streamline::handlers
