// Requests of a producer with a transactional id, as most tests need them: take the id, write to a partition, end the transaction.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "record/batch_builder.h"
#include "support/raw_client.h"
#include "wire/error_code.h"
#include "wire/messages/end_txn.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/produce.h"

namespace streamline::test {

inline constexpr std::int16_t kFindTransactionVersion = 3;
inline constexpr std::int16_t kInitVersion = 5;
/// Those of producers whose epoch grows with each end, and whose data adds its partition itself.
inline constexpr std::int16_t kTransactionalProduceVersion = 12;
inline constexpr std::int16_t kEndVersion = 5;

class TransactionalProducer {
 public:
  TransactionalProducer(RawClient& client, std::string id) : client_(client), id_(std::move(id)) {}

  wire::ErrorCode init() {
    wire::FindCoordinatorRequest find;
    find.key = id_;
    find.key_type = 1;
    const auto found = client_.call<wire::FindCoordinatorResponse>(find, kFindTransactionVersion);
    if (found->error_code != 0) return static_cast<wire::ErrorCode>(found->error_code);
    wire::InitProducerIdRequest request;
    request.transactional_id = id_;
    request.transaction_timeout_ms = 60'000;
    const auto answer = client_.call<wire::InitProducerIdResponse>(request, kInitVersion);
    take(answer->producer_id, answer->producer_epoch);
    return static_cast<wire::ErrorCode>(answer->error_code);
  }

  wire::ErrorCode write(const std::string& topic, const std::string& value, std::int32_t index = 0) {
    record::BatchBuilder builder(
        {.producer_id = producer_, .producer_epoch = epoch_, .base_sequence = sequences_[{topic, index}]++, .transactional = true});
    builder.add({.timestamp = 1'700'000'000'000, .value = as_bytes(value)});
    const auto batch = builder.finish();
    REQUIRE(batch);
    wire::ProduceRequest::PartitionProduceData partition;
    partition.index = index;
    partition.records = wire::Records::in_memory(*batch);
    wire::ProduceRequest::TopicProduceData data;
    data.name = topic;
    data.partition_data = std::span(&partition, 1);
    wire::ProduceRequest request;
    request.transactional_id = id_;
    request.acks = -1;
    request.timeout_ms = 30'000;
    request.topic_data = std::span(&data, 1);
    const auto answer = client_.call<wire::ProduceResponse>(request, kTransactionalProduceVersion);
    return static_cast<wire::ErrorCode>(answer->responses[0].partition_responses[0].error_code);
  }

  std::string end_frame(bool commit) const {
    wire::EndTxnRequest request;
    request.transactional_id = id_;
    request.producer_id = producer_.value;
    request.producer_epoch = epoch_;
    request.committed = commit;
    return frame_of(request, kEndVersion);
  }
  wire::ErrorCode receive_end() {
    const auto answer = client_.receive<wire::EndTxnResponse>(kEndVersion);
    if (answer->error_code == 0) take(answer->producer_id, answer->producer_epoch);
    return static_cast<wire::ErrorCode>(answer->error_code);
  }
  wire::ErrorCode commit() {
    client_.send(end_frame(true));
    return receive_end();
  }

 private:
  void take(std::int64_t producer, std::int16_t epoch) {
    producer_ = ProducerId(producer);
    epoch_ = epoch;
    sequences_.clear();
  }

  RawClient& client_;
  const std::string id_;
  ProducerId producer_ = kNoProducerId;
  std::int16_t epoch_ = -1;
  std::map<std::pair<std::string, std::int32_t>, std::int32_t> sequences_;  // by topic and partition: the next one
};

}  // namespace streamline::test
