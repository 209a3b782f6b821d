// Producer: gathers records into batches by partition and sends them; transactional on request.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

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
  /// Empty: no transactions. Otherwise every record belongs to one, which commit() or abort() ends; the next add() begins another.
  std::string transactional_id{};
  /// How long the broker lets a transaction be open.
  std::chrono::milliseconds transaction_timeout{60'000};
};

/// What a partition has taken. With Acks::none the offsets stay kNoOffset: nobody tells them.
struct Delivery {
  std::int64_t records = 0;
  Offset first_offset = kNoOffset;
  Offset last_offset = kNoOffset;
};

/// Belongs to one thread; while batches are in flight (between add() and flush()) the cluster is its alone.
/// With Acks::all it writes idempotently where the broker can: retries make no duplicates, and several batches are in flight at a time.
class Producer {
 public:
  /// No I/O.
  Producer(Cluster& cluster, std::string topic, const ProducerOptions& options)
      : cluster_(cluster), topic_(std::move(topic)), options_(options) {}

  /// Copies the record into its batch: of `partition`, else of its key's partition, else of the one that is being filled. May send.
  Status add(const record::NewRecord& record, std::optional<std::int32_t> partition = std::nullopt);
  /// Sends everything gathered and waits for the answers.
  Status flush();
  /// Ends the transaction: what was added since the last one becomes visible together, or none of it does. commit() flushes first, and
  /// the next add() begins another transaction; after abort() the producer is of no more use. Nothing is asked where nothing was added.
  /// With a cluster of its own abort() also works after the usual one was cancelled.
  Status commit();
  Status abort(Cluster& cluster);
  /// Ascending by partition.
  const std::map<std::int32_t, Delivery>& deliveries() const { return deliveries_; }

 private:
  struct Lane {
    record::BatchBuilder builder;
    std::int32_t next_sequence = 0;
  };
  /// A batch whose answer has not come.
  struct Sent {
    std::int32_t partition = 0;
    std::int32_t count = 0;
    std::vector<std::byte> batch;
    Connection* connection = nullptr;
  };
  enum class End : std::uint8_t { commit, abort };

  bool is_transactional() const { return !options_.transactional_id.empty(); }
  Status start();
  Result<std::int32_t> choose(const record::NewRecord& record, std::optional<std::int32_t> partition);
  Status send(std::int32_t partition, Lane& lane);
  /// Sends without waiting for the answer; where that fails, everything in flight goes again one by one.
  Status send_ahead(Sent sent);
  /// Takes the oldest answer.
  Status settle_one();
  Status settle_all();
  /// After a failure: closes the connections and sends what is in flight again, in order.
  Status send_again();
  Status deliver(const Sent& sent);
  void account(const Sent& sent, Offset base_offset);
  Status request(Connection& leader, std::int32_t partition, ByteView batch);
  Attempt<Offset> answer_of(Connection& leader, std::int32_t partition);
  Attempt<Offset> produce(std::int32_t partition, ByteView batch);
  Status join_transaction(std::int32_t partition);
  Status end_transaction(Cluster& cluster, End how);

  Cluster& cluster_;
  std::string topic_;
  ProducerOptions options_;
  bool started_ = false;
  ProducerId producer_id_ = kNoProducerId;
  std::int16_t producer_epoch_ = record::kNoProducerEpoch;
  std::int32_t partitions_ = 0;
  std::int32_t sticky_ = 0;
  std::map<std::int32_t, Lane> lanes_;
  /// In the order in which they were sent.
  std::deque<Sent> in_flight_;
  /// Partitions of the open transaction.
  std::set<std::int32_t> joined_;
  std::map<std::int32_t, Delivery> deliveries_;
};

}  // namespace streamline::client
