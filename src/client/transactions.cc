// ListTransactions, DescribeTransactions, DescribeProducers, WriteTxnMarkers.
#include "client/transactions.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <variant>

#include "client/producer_identity.h"
#include "wire/messages/describe_producers.h"
#include "wire/messages/describe_transactions.h"
#include "wire/messages/list_transactions.h"
#include "wire/messages/write_txn_markers.h"

namespace streamline::client {

namespace {

std::string doing(std::string_view transactional_id) { return fmt::format("transactional id '{}'", transactional_id); }
std::string doing(const TopicPartition& of) { return fmt::format("partition {} of topic '{}'", of.partition, of.topic); }

std::unexpected<Failure> unanswered(std::string_view api) {
  return std::unexpected(Failure{.error = {Errc::malformed, fmt::format("{} was not answered for what was asked", api)}});
}

/// Kafka's number for an id that the coordinator does not know is that of no group and no topic.
Failure failure_of(std::int16_t error_code, std::string_view transactional_id) {
  Failure failure = broker_failure(error_code, doing(transactional_id));
  if (error_code == static_cast<std::int16_t>(wire::ErrorCode::transactional_id_not_found)) failure.error.code = Errc::not_found;
  return failure;
}

Attempt<std::vector<TransactionListing>> list_once(Cluster& cluster, const std::vector<std::string>& states) {
  auto brokers = cluster.everybody();
  if (!brokers) return std::unexpected(std::move(brokers).error());
  std::vector<std::string_view> filters(states.begin(), states.end());
  wire::ListTransactionsRequest request;
  request.state_filters = filters;
  std::vector<TransactionListing> found;
  for (Connection* broker : *brokers) {
    auto reply = broker->call<wire::ListTransactionsResponse>(request);
    if (!reply) return cluster.drop(broker, std::move(reply).error());
    if ((*reply)->error_code != 0) return std::unexpected(broker_failure((*reply)->error_code, "the list of transactions"));
    if (!(*reply)->unknown_state_filters.empty()) {
      return std::unexpected(Failure{.error = {Errc::invalid_argument, fmt::format("{} knows no state '{}'", to_string(broker->address()),
                                                                                   (*reply)->unknown_state_filters[0])}});
    }
    for (const auto& state : (*reply)->transaction_states) {
      found.push_back({.transactional_id = std::string(state.transactional_id),
                       .producer_id = state.producer_id,
                       .state = std::string(state.transaction_state)});
    }
  }
  return found;
}

Attempt<TransactionDescription> describe_once(Cluster& cluster, std::string_view transactional_id) {
  auto coordinator = cluster.coordinator_of(transactional_id, Coordinates::transaction);
  if (!coordinator) return std::unexpected(std::move(coordinator).error());
  wire::DescribeTransactionsRequest request;
  request.transactional_ids = std::span(&transactional_id, 1);
  auto reply = (*coordinator)->call<wire::DescribeTransactionsResponse>(request);
  if (!reply) return cluster.drop(*coordinator, std::move(reply).error());
  if ((*reply)->transaction_states.size() != 1) return unanswered("DescribeTransactions");
  const auto& state = (*reply)->transaction_states[0];
  if (state.error_code != 0) return std::unexpected(failure_of(state.error_code, transactional_id));
  TransactionDescription description{.transactional_id = std::string(transactional_id),
                                     .producer_id = state.producer_id,
                                     .producer_epoch = state.producer_epoch,
                                     .state = std::string(state.transaction_state),
                                     .timeout_ms = state.transaction_timeout_ms,
                                     .began_ms = std::nullopt,
                                     .coordinator = to_string((*coordinator)->address()),
                                     .partitions = {}};
  if (state.transaction_start_time_ms >= 0) description.began_ms = state.transaction_start_time_ms;
  for (const auto& topic : state.topics) {
    for (const std::int32_t index : topic.partitions)
      description.partitions.push_back({.topic = std::string(topic.topic), .partition = index});
  }
  std::ranges::sort(description.partitions);
  return description;
}

Attempt<std::vector<ActiveProducer>> producers_once(Cluster& cluster, const TopicPartition& of) {
  auto leader = cluster.leader_of(of.topic, of.partition);
  if (!leader) return std::unexpected(std::move(leader).error());
  std::int32_t index = of.partition;
  wire::DescribeProducersRequest::TopicRequest topic;
  topic.name = of.topic;
  topic.partition_indexes = std::span(&index, 1);
  wire::DescribeProducersRequest request;
  request.topics = std::span(&topic, 1);
  auto reply = (*leader)->call<wire::DescribeProducersResponse>(request);
  if (!reply) return cluster.drop(*leader, std::move(reply).error());
  if ((*reply)->topics.size() != 1 || (*reply)->topics[0].partitions.size() != 1) return unanswered("DescribeProducers");
  const auto& answer = (*reply)->topics[0].partitions[0];
  if (answer.error_code != 0) return std::unexpected(broker_failure(answer.error_code, doing(of), answer.error_message));
  std::vector<ActiveProducer> producers;
  for (const auto& producer : answer.active_producers) {
    producers.push_back(
        {.producer_id = producer.producer_id,
         .producer_epoch = producer.producer_epoch,
         .last_sequence = producer.last_sequence,
         .last_timestamp_ms = producer.last_timestamp,
         .coordinator_epoch = producer.coordinator_epoch,
         .transaction_start = producer.current_txn_start_offset >= 0 ? std::optional(producer.current_txn_start_offset) : std::nullopt});
  }
  return producers;
}

Attempt<std::monostate> mark_once(Cluster& cluster, const TopicPartition& of, const OpenTransaction& transaction) {
  auto leader = cluster.leader_of(of.topic, of.partition);
  if (!leader) return std::unexpected(std::move(leader).error());
  std::int32_t index = of.partition;
  wire::WriteTxnMarkersRequest::WritableTxnMarkerTopic topic;
  topic.name = of.topic;
  topic.partition_indexes = std::span(&index, 1);
  wire::WriteTxnMarkersRequest::WritableTxnMarker marker;
  marker.producer_id = transaction.producer_id;
  marker.producer_epoch = transaction.producer_epoch;
  marker.transaction_result = false;
  marker.topics = std::span(&topic, 1);
  // A partition that has seen no marker of this producer tells -1, which would be older than everything.
  marker.coordinator_epoch = std::max(transaction.coordinator_epoch, 0);
  wire::WriteTxnMarkersRequest request;
  request.markers = std::span(&marker, 1);
  auto reply = (*leader)->call<wire::WriteTxnMarkersResponse>(request);
  if (!reply) return cluster.drop(*leader, std::move(reply).error());
  for (const auto& answered : (*reply)->markers) {
    for (const auto& result_topic : answered.topics) {
      for (const auto& partition : result_topic.partitions) {
        if (partition.error_code != 0) return std::unexpected(broker_failure(partition.error_code, doing(of)));
        return std::monostate{};
      }
    }
  }
  return unanswered("WriteTxnMarkers");
}

}  // namespace

Result<std::vector<TransactionListing>> list_transactions(Cluster& cluster, const std::vector<std::string>& states) {
  auto found = cluster.retry("", [&] { return list_once(cluster, states); });
  if (found) std::ranges::sort(*found, {}, &TransactionListing::transactional_id);
  return found;
}

Result<TransactionDescription> describe_transaction(Cluster& cluster, std::string_view transactional_id) {
  return cluster.retry("", [&] { return describe_once(cluster, transactional_id); });
}

Status abort_transaction(Cluster& cluster, std::string_view transactional_id) {
  // A name that nobody knows would be made by taking it over.
  auto known = describe_transaction(cluster, transactional_id);
  if (!known) return fail_with(std::move(known));
  auto taken = obtain_identity(cluster, transactional_id, std::chrono::milliseconds(std::max(known->timeout_ms, 1)));
  return taken ? Status{} : fail_with(std::move(taken));
}

Result<std::vector<ActiveProducer>> active_producers(Cluster& cluster, const TopicPartition& of) {
  auto producers = cluster.retry(of.topic, [&] { return producers_once(cluster, of); });
  if (producers) std::ranges::sort(*producers, {}, &ActiveProducer::producer_id);
  return producers;
}

Status write_abort_marker(Cluster& cluster, const TopicPartition& of, const OpenTransaction& transaction) {
  auto written = cluster.retry(of.topic, [&] { return mark_once(cluster, of, transaction); });
  return written ? Status{} : fail_with(std::move(written));
}

}  // namespace streamline::client
