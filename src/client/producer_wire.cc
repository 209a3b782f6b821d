// What a producer says to brokers: Produce, InitProducerId, AddPartitionsToTxn, EndTxn.
#include <fmt/format.h>

#include <variant>

#include "client/producer.h"
#include "client/producer_identity.h"
#include "wire/messages/add_partitions_to_txn.h"
#include "wire/messages/end_txn.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/produce.h"

namespace streamline::client {

namespace {

/// From the next versions on partitions join by being written to and every transaction has an epoch of its own (KIP-890).
constexpr std::int16_t kNewestTransactionalProduce = 11;
constexpr std::int16_t kNewestInitProducerId = 4;
constexpr std::int16_t kNewestAddPartitions = 3;
constexpr std::int16_t kNewestEndTxn = 4;

std::string doing(std::string_view transactional_id) { return fmt::format("transactional id '{}'", transactional_id); }

Attempt<ProducerIdentity> ask_identity(Cluster& cluster, std::string_view transactional_id, std::chrono::milliseconds timeout) {
  auto broker = transactional_id.empty() ? cluster.any() : cluster.coordinator_of(transactional_id, Coordinates::transaction);
  if (!broker) return std::unexpected(std::move(broker).error());
  wire::InitProducerIdRequest request;
  request.transactional_id = std::nullopt;
  request.transaction_timeout_ms = std::numeric_limits<std::int32_t>::max();
  if (!transactional_id.empty()) {
    request.transactional_id = transactional_id;
    request.transaction_timeout_ms = static_cast<std::int32_t>(timeout.count());
  }
  auto reply = (*broker)->call<wire::InitProducerIdResponse>(request, kNewestInitProducerId);
  // A broker without the API takes records without a producer id.
  if (!reply && reply.error().code == Errc::unsupported && transactional_id.empty()) return ProducerIdentity{};
  if (!reply) return cluster.drop(*broker, std::move(reply).error());
  const std::string what = transactional_id.empty() ? "producer id" : doing(transactional_id);
  if ((*reply)->error_code != 0) return std::unexpected(broker_failure((*reply)->error_code, what));
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

Result<ProducerIdentity> obtain_identity(Cluster& cluster, std::string_view transactional_id, std::chrono::milliseconds timeout) {
  return cluster.retry("", [&] { return ask_identity(cluster, transactional_id, timeout); });
}

Status Producer::request(Connection& leader, std::int32_t partition, ByteView batch) {
  auto topic = cluster_.topic(topic_);
  if (!topic) return fail_with(std::move(topic));
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
  if (!is_transactional()) {
    return options_.acks == Acks::none ? leader.send_unanswered(request) : leader.send(request);
  }
  request.transactional_id = options_.transactional_id;
  return leader.send(request, kNewestTransactionalProduce);
}

Attempt<Offset> Producer::answer_of(Connection& leader, std::int32_t partition) {
  auto reply = leader.receive<wire::ProduceResponse>();
  if (!reply) return cluster_.drop(&leader, std::move(reply).error());
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

Attempt<Offset> Producer::produce(std::int32_t partition, ByteView batch) {
  auto leader = cluster_.leader_of(topic_, partition);
  if (!leader) return std::unexpected(std::move(leader).error());
  if (auto sent = request(**leader, partition, batch); !sent) return cluster_.drop(*leader, std::move(sent).error());
  if (options_.acks == Acks::none) return kNoOffset;
  return answer_of(**leader, partition);
}

Status Producer::join_transaction(std::int32_t partition) {
  if (!is_transactional() || joined_.contains(partition)) return {};
  // The coordinator may be at the other end of the connection that the batches travel on.
  if (auto settled = settle_all(); !settled) return settled;
  auto added = cluster_.retry("", [&]() -> Attempt<std::monostate> {
    auto coordinator = cluster_.coordinator_of(options_.transactional_id, Coordinates::transaction);
    if (!coordinator) return std::unexpected(std::move(coordinator).error());
    wire::AddPartitionsToTxnRequest::AddPartitionsToTxnTopic topic;
    topic.name = topic_;
    topic.partitions = std::span(&partition, 1);
    wire::AddPartitionsToTxnRequest request;
    request.v3_and_below_transactional_id = options_.transactional_id;
    request.v3_and_below_producer_id = producer_id_.value;
    request.v3_and_below_producer_epoch = producer_epoch_;
    request.v3_and_below_topics = std::span(&topic, 1);
    auto reply = (*coordinator)->call<wire::AddPartitionsToTxnResponse>(request, kNewestAddPartitions);
    if (!reply) return cluster_.drop(*coordinator, std::move(reply).error());
    for (const auto& answered : (*reply)->results_by_topic_v3_and_below) {
      for (const auto& result : answered.results_by_partition) {
        if (result.partition_error_code == 0) continue;
        return std::unexpected(broker_failure(result.partition_error_code, doing(options_.transactional_id)));
      }
    }
    return std::monostate{};
  });
  if (!added) return fail_with(std::move(added));
  joined_.insert(partition);
  // A failed try has forgotten nothing that is needed, but a coordinator that moved may have changed the brokers.
  auto topic = cluster_.topic(topic_);
  return topic ? Status{} : fail_with(std::move(topic));
}

Status Producer::end_transaction(Cluster& cluster, End how) {
  if (joined_.empty()) return {};
  auto ended = cluster.retry("", [&]() -> Attempt<std::monostate> {
    auto coordinator = cluster.coordinator_of(options_.transactional_id, Coordinates::transaction);
    if (!coordinator) return std::unexpected(std::move(coordinator).error());
    wire::EndTxnRequest request;
    request.transactional_id = options_.transactional_id;
    request.producer_id = producer_id_.value;
    request.producer_epoch = producer_epoch_;
    request.committed = how == End::commit;
    auto reply = (*coordinator)->call<wire::EndTxnResponse>(request, kNewestEndTxn);
    if (!reply) return cluster.drop(*coordinator, std::move(reply).error());
    if ((*reply)->error_code != 0) return std::unexpected(broker_failure((*reply)->error_code, doing(options_.transactional_id)));
    return std::monostate{};
  });
  if (!ended) return fail_with(std::move(ended));
  joined_.clear();
  return {};
}

Status Producer::commit() {
  if (auto flushed = flush(); !flushed) return flushed;
  return end_transaction(cluster_, End::commit);
}

Status Producer::abort(Cluster& cluster) {
  for (const Sent& sent : in_flight_) cluster_.close(sent.connection);
  in_flight_.clear();
  lanes_.clear();
  return end_transaction(cluster, End::abort);
}

}  // namespace streamline::client
