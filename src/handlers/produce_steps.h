// The steps that Produce has in common for batches and for the message sets of old clients.
#pragma once

#include <cstdint>
#include <string_view>

#include "broker/produce_op.h"
#include "broker/shard.h"
#include "config/topic_config.h"
#include "record/validator.h"
#include "wire/messages/produce.h"

namespace streamline::handlers {

/// Why every partition of the request is refused, if so (kafka-rules 29, 42).
wire::ErrorCode request_error(const wire::ProduceRequest& message);

record::ValidateOptions validate_options(const config::TopicOptions& topic, std::int16_t version, std::int64_t now_ms);

struct TargetCodec {
  record::Codec codec;
  int level;
};
/// What a batch is stored under, given what it came with.
TargetCodec target_codec(const config::TopicOptions& topic, record::Codec produced);

void refuse(broker::ProduceOp::Part& part, record::ValidationFailure failure, Offset log_start);

struct CheckedBatch {
  record::BatchHeader header{};
  /// Lives until the end of the turn.
  MutableBytes bytes{};
  /// Of the request; for transactional data.
  std::string_view transactional_id{};
};
/// On the partition's reactor: the batch goes to the log with this turn, re-encoded when the topic wants another codec, stamped when
/// the topic wants its own time. The first data of a transaction goes there once its coordinator agrees.
void stage(broker::Shard& shard, broker::Partition& partition, const config::TopicOptions& topic, const CheckedBatch& batch,
           broker::ProduceOp& op, broker::ProduceOp::Part& part);

}  // namespace streamline::handlers
