// Produce and Fetch requests of one partition, as most tests need them, and batches to put into them.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "record/batch_builder.h"
#include "support/raw_client.h"
#include "wire/error_code.h"
#include "wire/messages/fetch.h"
#include "wire/messages/produce.h"

namespace streamline::test {

struct BatchSpec {
  int records = 1;
  std::string value = "value";
  ProducerId producer = kNoProducerId;
  std::int32_t sequence = record::kNoSequence;
  bool transactional = false;
};

inline std::vector<std::byte> make_batch(const BatchSpec& spec = {}) {
  record::BatchOptions options;
  options.producer_id = spec.producer;
  options.producer_epoch = spec.producer == kNoProducerId ? record::kNoProducerEpoch : std::int16_t{0};
  options.base_sequence = spec.sequence;
  options.transactional = spec.transactional;
  record::BatchBuilder builder(options);
  for (int i = 0; i < spec.records; ++i) {
    builder.add({.timestamp = 1'700'000'000'000 + i, .key = std::nullopt, .value = as_bytes(spec.value), .headers = {}});
  }
  auto batch = builder.finish();
  REQUIRE(batch);
  return *std::move(batch);
}

struct ProduceSpec {
  std::string topic;
  std::int32_t partition = 0;
  std::int16_t acks = -1;
  std::int32_t timeout_ms = 30'000;
  std::string transactional_id = {};  // empty = null
};
inline constexpr std::int16_t kProduceVersion = 9;

inline std::string produce_frame(const ProduceSpec& spec, ByteView batch) {
  wire::ProduceRequest::PartitionProduceData partition;
  partition.index = spec.partition;
  partition.records = wire::Records::in_memory(batch);
  wire::ProduceRequest::TopicProduceData topic;
  topic.name = spec.topic;
  topic.partition_data = std::span(&partition, 1);
  wire::ProduceRequest request;
  request.acks = spec.acks;
  if (!spec.transactional_id.empty()) request.transactional_id = spec.transactional_id;
  request.timeout_ms = spec.timeout_ms;
  request.topic_data = std::span(&topic, 1);
  return frame_of(request, kProduceVersion);
}

/// The answer for the one partition asked for.
struct Produced {
  wire::ErrorCode error = wire::ErrorCode::none;
  std::int64_t base_offset = -1;
  friend bool operator==(const Produced&, const Produced&) = default;
};
inline Produced receive_produced(RawClient& client) {
  const auto answer = client.receive<wire::ProduceResponse>(kProduceVersion);
  REQUIRE(answer->responses.size() == 1);
  REQUIRE(answer->responses[0].partition_responses.size() == 1);
  const auto& partition = answer->responses[0].partition_responses[0];
  return {.error = static_cast<wire::ErrorCode>(partition.error_code), .base_offset = partition.base_offset};
}
inline Produced produce(RawClient& client, const ProduceSpec& spec, ByteView batch) {
  client.send(produce_frame(spec, batch));
  return receive_produced(client);
}

struct FetchSpec {
  std::string topic;  // empty = names no partition
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int32_t max_wait_ms = 0;
  std::int32_t min_bytes = 1;
  std::int32_t max_bytes = 1 << 20;
  std::int32_t session_id = 0;
  std::int32_t session_epoch = -1;
  bool committed = false;
};
inline constexpr std::int16_t kFetchVersion = 12;

inline std::string fetch_frame(const FetchSpec& spec) {
  wire::FetchRequest::FetchPartition partition;
  partition.partition = spec.partition;
  partition.fetch_offset = spec.offset;
  partition.partition_max_bytes = spec.max_bytes;
  wire::FetchRequest::FetchTopic topic;
  topic.topic = spec.topic;
  topic.partitions = std::span(&partition, 1);
  wire::FetchRequest request;
  request.max_wait_ms = spec.max_wait_ms;
  request.min_bytes = spec.min_bytes;
  request.max_bytes = spec.max_bytes;
  request.isolation_level = spec.committed ? 1 : 0;
  request.session_id = spec.session_id;
  request.session_epoch = spec.session_epoch;
  if (!spec.topic.empty()) request.topics = std::span(&topic, 1);
  return frame_of(request, kFetchVersion);
}

/// What a Fetch of one partition brought.
struct Fetched {
  wire::ErrorCode error = wire::ErrorCode::none;  // of the request
  std::int32_t session_id = 0;
  std::size_t partitions = 0;
  wire::ErrorCode partition_error = wire::ErrorCode::none;  // of the first partition, and so on
  std::int64_t high_watermark = -1;
  std::string records;
  std::int64_t last_stable = -1;
  std::string aborted = {};  // "producer@first " for each; "null"
};
inline Fetched receive_fetched(RawClient& client) {
  const auto answer = client.receive<wire::FetchResponse>(kFetchVersion);
  Fetched fetched{.error = static_cast<wire::ErrorCode>(answer->error_code), .session_id = answer->session_id, .records = {}};
  for (const auto& topic : answer->responses) {
    for (const auto& partition : topic.partitions) {
      if (fetched.partitions++ > 0) continue;
      fetched.partition_error = static_cast<wire::ErrorCode>(partition.error_code);
      fetched.high_watermark = partition.high_watermark;
      fetched.last_stable = partition.last_stable_offset;
      if (!partition.aborted_transactions) fetched.aborted = "null";
      for (std::size_t i = 0; partition.aborted_transactions && i < partition.aborted_transactions->size(); ++i) {
        const auto& each = (*partition.aborted_transactions)[i];
        fetched.aborted += std::to_string(each.producer_id) + "@" + std::to_string(each.first_offset) + " ";
      }
      fetched.records = as_text(partition.records.bytes());
    }
  }
  return fetched;
}
inline Fetched fetch(RawClient& client, const FetchSpec& spec) {
  client.send(fetch_frame(spec));
  return receive_fetched(client);
}

}  // namespace streamline::test
