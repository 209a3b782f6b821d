// Conversion may decompress and compress megabytes, so it leaves the reactor. All of a reactor's old requests go one after the other:
// records stay in the order in which their producer sent them. The requests of a connection that has gone are still carried out.
#include "handlers/old_produce.h"

#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "broker/broker.h"
#include "broker/pool_work.h"
#include "broker/topic_partitions.h"
#include "handlers/decode.h"
#include "handlers/produce_steps.h"
#include "record/legacy/upgrade.h"

namespace streamline::handlers {

namespace {

using broker::ProduceOp;
using broker::Shard;
using wire::ErrorCode;
using wire::ProduceRequest;

/// One partition's records on their way: what is wrong with them, or the batch.
struct Converted {
  std::optional<record::ValidationFailure> failure{};
  record::BatchHeader header{};
  /// Empty when the set held no whole message.
  std::vector<std::byte> batch{};
};

Converted failed(Error error) { return {.failure = record::ValidationFailure{.error = std::move(error), .records = {}}}; }

/// The limits on the batch as it will be stored; what it was sent as has been checked before.
std::optional<Error> check_size(std::size_t size, const record::ValidateOptions& limits) {
  if (size > limits.max_batch_bytes) return Error{Errc::too_large, "the converted batch is larger than max.message.bytes"};
  if (size > limits.max_segment_bytes) return Error{Errc::record_list_too_large, "the converted batch is larger than segment.bytes"};
  return std::nullopt;
}

/// Belongs to one thread.
class Conversion {
 public:
  Conversion(std::int16_t version, std::int64_t now_ms) : version_(version), now_ms_(now_ms) {}

  Converted run(ByteView set, const config::TopicOptions& topic) {
    const auto limits = validate_options(topic, version_, now_ms_);
    if (record::legacy::begins_with_batch(set)) return check(std::vector<std::byte>(set.begin(), set.end()), limits);
    auto upgraded = record::legacy::Upgrade({.max_message_bytes = limits.max_batch_bytes}).run(set);
    if (!upgraded) return failed(std::move(upgraded).error());
    if (upgraded->batch.empty()) return {};
    auto plain_limits = limits;
    plain_limits.max_batch_bytes = plain_limits.max_segment_bytes = std::numeric_limits<std::size_t>::max();
    Converted converted = check(std::move(upgraded->batch), plain_limits);
    if (!converted.failure) compress(target_codec(topic, upgraded->codec), converted);
    if (converted.failure) return converted;
    if (auto error = check_size(converted.batch.size(), limits)) return failed(*std::move(error));
    return converted;
  }

 private:
  Converted check(std::vector<std::byte> batch, const record::ValidateOptions& limits) {
    auto checked = record::validate_batch(batch, limits, decompressor_);
    if (!checked) return {.failure = std::move(checked).error()};
    return {.failure = {}, .header = checked->header, .batch = std::move(batch)};
  }

  void compress(const TargetCodec& target, Converted& converted) {
    if (target.codec == record::Codec::none) return;
    const auto compressed = recompressor_.recompress(converted.batch, target.codec, target.level);
    if (!compressed) {
      converted = failed(compressed.error());
      return;
    }
    converted.batch.assign(compressed->begin(), compressed->end());
    const auto header = record::read_batch_header(converted.batch);
    SL_ASSERT(header.has_value());  // the recompressor has just written it
    converted.header = *header;
  }

  const std::int16_t version_;
  const std::int64_t now_ms_;
  record::Decompressor decompressor_;
  record::Recompressor recompressor_;
};

class OldProduce final : public broker::PoolWork {
 public:
  explicit OldProduce(const broker::Request& request)
      : slot_(request.slot()), header_(request.header()), body_(request.body().begin(), request.body().end()) {
    // It lies in the frame, and nobody asks for it any more.
    header_.client_id.reset();
  }

  std::size_t bytes() const override { return body_.size(); }

  void run(broker::Broker& broker) override {
    wire::Reader reader(body_);
    auto message = ProduceRequest::decode(reader, header_.api_version, arena_);
    SL_ASSERT(message.has_value());  // the reactor has read it before
    message_ = *message;
    refusal_ = request_error(message_);
    const auto topics = broker.catalog().snapshot();
    Conversion conversion(header_.api_version, broker.clock().wall_ms());
    for (const auto& topic_data : message_.topic_data) {
      const catalog::Topic* topic = topics->find(topic_data.name);
      for (const auto& data : topic_data.partition_data) {
        const bool known = refusal_ == ErrorCode::none && topic != nullptr && broker::find_partition(*topic, data.index) != nullptr;
        converted_.push_back(known ? conversion.run(data.records.bytes(), broker::partitions_of(*topic).options)
                                   : failed({Errc::not_found, "no such partition"}));
      }
    }
  }

  void complete(Shard& shard) override {
    ProduceOp& op = shard.new_produce();
    op.start(slot_, header_, message_.acks, message_.timeout_ms, converted_.size());
    auto converted = converted_.begin();
    for (const auto& topic_data : message_.topic_data) {
      const catalog::Topic* topic = shard.topics().find(topic_data.name);
      op.begin_topic(topic_data.name, {});
      for (const auto& data : topic_data.partition_data) {
        ProduceOp::Part& part = op.add_part(data.index);
        if (refusal_ != ErrorCode::none) {
          part.error = refusal_;
        } else if (topic == nullptr) {
          part.error = ErrorCode::unknown_topic_or_partition;
        } else {
          take(shard, *topic, *converted, op, part);
        }
        ++converted;
      }
    }
    if (op.ready()) op.answer();
  }

 private:
  static void take(Shard& shard, const catalog::Topic& topic, Converted& converted, ProduceOp& op, ProduceOp::Part& part) {
    broker::Partition* partition = broker::find_partition(topic, part.index);
    if (partition == nullptr || partition->closed()) {
      part.error = ErrorCode::unknown_topic_or_partition;
    } else if (topic.internal) {
      part.error = ErrorCode::invalid_topic_exception;
    } else if (converted.failure) {
      refuse(part, *std::move(converted.failure), partition->log().log_start());
    } else if (!converted.batch.empty()) {
      stage(shard, *partition, broker::partitions_of(topic).options, {.header = converted.header, .bytes = converted.batch}, op, part);
    }
  }

  const net::Slot slot_;
  wire::RequestHeader header_;
  const std::vector<std::byte> body_;
  Arena arena_;
  ProduceRequest message_;
  ErrorCode refusal_ = ErrorCode::none;
  std::vector<Converted> converted_;  // in the request's order
};

}  // namespace

void old_produce(broker::Request& request) {
  if (!decode<ProduceRequest>(request)) return;
  if (!request.shard().pool_lane().start_in_order(std::make_unique<OldProduce>(request))) request.refuse(broker::kPoolIsFull);
}

}  // namespace streamline::handlers
