// Producer: gathers records into batches by partition and sends them, one batch at a time per partition.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "client/cluster.h"
#include "record/batch_builder.h"

namespace streamline::client {

enum class Acks : std::int16_t { none = 0, leader = 1, all = -1 };

struct ProducerOptions {
  Acks acks = Acks::all;
  record::Codec codec = record::Codec::none;
  int level = record::kDefaultLevel;
  /// A partition's batch is sent when the next record would make it larger, before compression.
  std::size_t batch_bytes = 256 * 1024;
  Missing missing_topic = Missing::create;
};

/// What a partition has taken. With Acks::none the offsets stay kNoOffset: nobody tells them.
struct Delivery {
  std::int64_t records = 0;
  Offset first_offset = kNoOffset;
  Offset last_offset = kNoOffset;
};

/// Belongs to one thread. With Acks::all it writes idempotently where the broker can: retries make no duplicates.
class Producer {
 public:
  /// No I/O.
  Producer(Cluster& cluster, std::string topic, const ProducerOptions& options)
      : cluster_(cluster), topic_(std::move(topic)), options_(options) {}

  /// Copies the record into its batch: of `partition`, else of its key's partition, else of the one that is being filled. May send.
  Status add(const record::NewRecord& record, std::optional<std::int32_t> partition = std::nullopt);
  /// Sends everything gathered and waits for the answers.
  Status flush();
  /// Ascending by partition.
  const std::map<std::int32_t, Delivery>& deliveries() const { return deliveries_; }

 private:
  struct Lane {
    record::BatchBuilder builder;
    std::int32_t next_sequence = 0;
  };
  Status start();
  Result<std::int32_t> choose(const record::NewRecord& record, std::optional<std::int32_t> partition);
  Status send(std::int32_t partition, Lane& lane);
  Attempt<Offset> produce(std::int32_t partition, ByteView batch);

  Cluster& cluster_;
  std::string topic_;
  ProducerOptions options_;
  bool started_ = false;
  ProducerId producer_id_ = kNoProducerId;
  std::int16_t producer_epoch_ = record::kNoProducerEpoch;
  std::int32_t partitions_ = 0;
  std::int32_t sticky_ = 0;
  std::map<std::int32_t, Lane> lanes_;
  std::map<std::int32_t, Delivery> deliveries_;
};

}  // namespace streamline::client
