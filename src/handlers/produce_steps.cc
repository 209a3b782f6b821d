// Checks before and changes to a batch on its way to the log.
#include "handlers/produce_steps.h"

#include <algorithm>
#include <utility>

#include "broker/append_stage.h"
#include "broker/broker.h"
#include "broker/partition.h"
#include "broker/shard.h"
#include "broker/transaction_verifier.h"
#include "broker/wire_error.h"

namespace streamline::handlers {

namespace {

using broker::ProduceOp;
using wire::ErrorCode;

constexpr std::int16_t kFirstWithZstd = 7;

bool has_transactional_batch(const wire::ProduceRequest& message) {
  for (const auto& topic : message.topic_data) {
    for (const auto& data : topic.partition_data) {
      const auto header = record::read_batch_header(data.records.bytes());
      if (header && header->is_transactional()) return true;
    }
  }
  return false;
}

bool stamps(const config::TopicOptions& topic) { return topic.timestamp_type == config::TimestampType::log_append_time; }

/// The batch under the topic's codec.
Result<MutableBytes> encode_for(broker::Shard& shard, const config::TopicOptions& topic, const CheckedBatch& batch) {
  const TargetCodec target = target_codec(topic, batch.header.codec());
  if (target.codec == batch.header.codec()) return batch.bytes;
  auto rewritten = shard.recompressor().recompress(batch.bytes, target.codec, target.level);
  if (!rewritten) return rewritten;
  // The recompressor's buffer is used again by the next batch of this turn.
  auto kept = shard.arena().make_array<std::byte>(rewritten->size());
  std::copy(rewritten->begin(), rewritten->end(), kept.begin());
  return kept;
}

/// Where every transaction has an epoch of its own, its data begins at 0 in every partition (rule 49).
std::int32_t lowest_sequence(const record::BatchHeader& header, std::int16_t version) {
  return version >= broker::kFirstThatAdds ? 0 : header.base_sequence;
}

void stage_transactional(broker::Shard& shard, broker::Partition& partition, const CheckedBatch& batch, MutableBytes bytes, ProduceOp& op,
                         ProduceOp::Part& part) {
  const record::BatchHeader& header = batch.header;
  const auto guard = partition.log().transaction_guard(
      {.id = header.producer_id, .epoch = header.producer_epoch, .first_sequence = lowest_sequence(header, op.version())});
  if (!guard) {
    part.error = broker::wire_error(guard.error().code);
    return;
  }
  if (!*guard) return shard.appends().add(partition, bytes, op, part);
  op.verify(part, {.partition = partition, .batch = bytes, .guard = **guard},
            {.transactional_id = batch.transactional_id,
             .producer_id = header.producer_id,
             .producer_epoch = header.producer_epoch,
             .topic = partition.id().topic,
             .partition = partition.id().index,
             .produce_version = op.version()});
}

}  // namespace

ErrorCode request_error(const wire::ProduceRequest& message) {
  if (message.acks < -1 || message.acks > 1) return ErrorCode::invalid_required_acks;
  if (!message.transactional_id && has_transactional_batch(message)) return ErrorCode::transactional_id_authorization_failed;
  return ErrorCode::none;
}

record::ValidateOptions validate_options(const config::TopicOptions& topic, std::int16_t version, std::int64_t now_ms) {
  record::ValidateOptions options;
  // What is re-encoded is opened anyway, and must not turn garbage under a good checksum into plain records; compaction opens all.
  const bool full = topic.validation == config::ValidationMode::full || topic.codec != config::TopicCodec::producer || topic.compact;
  options.mode = full ? record::ValidationMode::full : record::ValidationMode::header;
  options.require_key = topic.compact;
  options.allow_zstd = version >= kFirstWithZstd;
  options.timestamp_type = stamps(topic) ? record::TimestampType::log_append_time : record::TimestampType::create_time;
  options.now_ms = now_ms;
  options.before_max_ms = topic.timestamp_before_max_ms;
  options.after_max_ms = topic.timestamp_after_max_ms;
  options.max_batch_bytes = static_cast<std::size_t>(topic.max_message_bytes);
  options.max_segment_bytes = static_cast<std::size_t>(topic.segment_bytes);
  return options;
}

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

void refuse(ProduceOp::Part& part, record::ValidationFailure failure, Offset log_start) {
  part.error = broker::wire_error(failure.error.code);
  part.error_message = std::move(failure.error.text);
  part.record_faults = std::move(failure.records);
  // Only what was read before it was refused carries the log start (kafka-rules 14.17).
  if (part.error == ErrorCode::invalid_record || part.error == ErrorCode::invalid_timestamp) part.log_start = log_start;
}

void stage(broker::Shard& shard, broker::Partition& partition, const config::TopicOptions& topic, const CheckedBatch& batch, ProduceOp& op,
           ProduceOp::Part& part) {
  if (const auto& disk = shard.broker().disk(); disk.refuses_writes()) {
    return refuse(part, {.error = disk.refusal(), .records = {}}, partition.log().log_start());
  }
  auto bytes = encode_for(shard, topic, batch);
  if (!bytes) return refuse(part, {.error = std::move(bytes).error(), .records = {}}, partition.log().log_start());
  if (stamps(topic)) {
    part.append_time_ms = shard.reactor().wall_ms();
    record::patch_max_timestamp_and_type(*bytes, {.type = record::TimestampType::log_append_time, .max_timestamp = part.append_time_ms});
  }
  if (batch.header.is_transactional()) return stage_transactional(shard, partition, batch, *bytes, op, part);
  shard.appends().add(partition, *bytes, op, part);
}

}  // namespace streamline::handlers
