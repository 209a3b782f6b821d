// Batches, sequences and the Produce request.
#include "client/producer.h"

#include <fmt/format.h>

#include <random>

#include "client/partitioner.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/produce.h"

namespace streamline::client {

namespace {

/// A record's own fields beside key and value take less than this.
constexpr std::size_t kRecordOverhead = 64;

std::size_t estimated_bytes(const record::NewRecord& record) {
  std::size_t bytes = kRecordOverhead;
  if (record.key) bytes += record.key->size();
  if (record.value) bytes += record.value->size();
  for (const record::HeaderView& header : record.headers) bytes += header.key.size() + (header.value ? header.value->size() : 0) + 10;
  return bytes;
}

struct ProducerIdentity {
  ProducerId id = kNoProducerId;
  std::int16_t epoch = record::kNoProducerEpoch;
};

Attempt<ProducerIdentity> ask_identity(Cluster& cluster) {
  auto broker = cluster.any();
  if (!broker) return std::unexpected(std::move(broker).error());
  wire::InitProducerIdRequest request;
  request.transactional_id = std::nullopt;
  request.transaction_timeout_ms = std::numeric_limits<std::int32_t>::max();
  auto reply = (*broker)->call<wire::InitProducerIdResponse>(request);
  // A broker without the API takes records without a producer id.
  if (!reply && reply.error().code == Errc::unsupported) return ProducerIdentity{};
  if (!reply) return cluster.drop(*broker, std::move(reply).error());
  if ((*reply)->error_code != 0) return std::unexpected(broker_failure((*reply)->error_code, "producer id"));
  return ProducerIdentity{.id = ProducerId((*reply)->producer_id), .epoch = (*reply)->producer_epoch};
}

std::string text_of(const wire::ProduceResponse::PartitionProduceResponse& answer) {
  std::string text(answer.error_message.value_or(""));
  for (const auto& fault : answer.record_errors) {
    text +=
        fmt::format("{}record {}: {}", text.empty() ? "" : "; ", fault.batch_index, fault.batch_index_error_message.value_or("refused"));
  }
  return text;
}

}  // namespace

Status Producer::start() {
  if (started_) return {};
  auto topic = cluster_.topic(topic_, options_.missing_topic);
  if (!topic) return fail_with(std::move(topic));
  partitions_ = static_cast<std::int32_t>((*topic)->partitions.size());
  if (partitions_ == 0) return fail(Errc::not_found, fmt::format("topic '{}' has no partition", topic_));
  sticky_ = static_cast<std::int32_t>(std::random_device{}() % static_cast<unsigned>(partitions_));
  if (options_.acks == Acks::all) {
    auto identity = cluster_.retry("", [this] { return ask_identity(cluster_); });
    if (!identity) return fail_with(std::move(identity));
    producer_id_ = identity->id;
    producer_epoch_ = identity->epoch;
  }
  started_ = true;
  return {};
}

Result<std::int32_t> Producer::choose(const record::NewRecord& record, std::optional<std::int32_t> partition) {
  if (!partition) return record.key ? partition_of_key(*record.key, partitions_) : sticky_;
  if (*partition >= 0 && *partition < partitions_) return *partition;
  return fail(Errc::not_found, fmt::format("topic '{}' has {} partitions and no partition {}", topic_, partitions_, *partition));
}

Status Producer::add(const record::NewRecord& record, std::optional<std::int32_t> partition) {
  if (auto begun = start(); !begun) return begun;
  auto chosen = choose(record, partition);
  if (!chosen) return fail_with(std::move(chosen));
  Lane& lane = lanes_[*chosen];
  if (lane.builder.count() > 0 && lane.builder.plain_bytes() + estimated_bytes(record) > options_.batch_bytes) {
    if (auto sent = send(*chosen, lane); !sent) return sent;
    // Records without a key fill one partition's batch, then the next one's.
    if (!partition && !record.key) return add(record);
  }
  lane.builder.add(record);
  return {};
}

Status Producer::flush() {
  for (auto& [partition, lane] : lanes_) {
    if (lane.builder.count() == 0) continue;
    if (auto sent = send(partition, lane); !sent) return sent;
  }
  return {};
}

Status Producer::send(std::int32_t partition, Lane& lane) {
  const std::int32_t count = lane.builder.count();
  record::BatchOptions batch_options;
  batch_options.codec = options_.codec;
  batch_options.level = options_.level;
  if (producer_id_ != kNoProducerId) {
    batch_options.producer_id = producer_id_;
    batch_options.producer_epoch = producer_epoch_;
    batch_options.base_sequence = lane.next_sequence;
  }
  lane.builder.set_options(batch_options);
  auto batch = lane.builder.finish();
  if (!batch) return fail_with(std::move(batch));
  auto base_offset = cluster_.retry(topic_, [&] { return produce(partition, *batch); });
  if (!base_offset) return fail_with(std::move(base_offset));
  lane.next_sequence = record::sequence_after(lane.next_sequence, count);
  if (partition == sticky_) sticky_ = (sticky_ + 1) % partitions_;
  Delivery& delivery = deliveries_[partition];
  delivery.records += count;
  if (*base_offset == kNoOffset) return {};
  if (delivery.first_offset == kNoOffset) delivery.first_offset = *base_offset;
  delivery.last_offset = *base_offset + (count - 1);
  return {};
}

Attempt<Offset> Producer::produce(std::int32_t partition, ByteView batch) {
  auto leader = cluster_.leader_of(topic_, partition);
  if (!leader) return std::unexpected(std::move(leader).error());
  auto topic = cluster_.topic(topic_);
  if (!topic) return std::unexpected(Failure{.error = std::move(topic).error()});
  wire::ProduceRequest::PartitionProduceData partition_records;
  partition_records.index = partition;
  partition_records.records = wire::Records::in_memory(batch);
  wire::ProduceRequest::TopicProduceData topic_records;
  topic_records.name = topic_;
  topic_records.topic_id = (*topic)->id;
  topic_records.partition_data = std::span(&partition_records, 1);
  wire::ProduceRequest request;
  request.acks = static_cast<std::int16_t>(options_.acks);
  request.timeout_ms = static_cast<std::int32_t>(cluster_.options().connection.request_timeout.count());
  request.topic_data = std::span(&topic_records, 1);
  if (options_.acks == Acks::none) {
    auto sent = (*leader)->send_unanswered(request);
    if (!sent) return cluster_.drop(*leader, std::move(sent).error());
    return kNoOffset;
  }
  auto reply = (*leader)->call<wire::ProduceResponse>(request);
  if (!reply) return cluster_.drop(*leader, std::move(reply).error());
  if ((*reply)->responses.size() != 1 || (*reply)->responses[0].partition_responses.size() != 1) {
    return std::unexpected(Failure{.error = {Errc::malformed, "Produce was not answered for the partition sent"}});
  }
  const auto& answer = (*reply)->responses[0].partition_responses[0];
  // The batch of an earlier try is in the log already.
  const bool written_before = answer.error_code == static_cast<std::int16_t>(wire::ErrorCode::duplicate_sequence_number);
  if (answer.error_code != 0 && !written_before) {
    return std::unexpected(
        broker_failure(answer.error_code, fmt::format("partition {} of topic '{}'", partition, topic_), text_of(answer)));
  }
  return Offset(answer.base_offset);
}

}  // namespace streamline::client
