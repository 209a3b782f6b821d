// Transactions: listed, described and ended from outside, and the producers that partitions know.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/cluster.h"
#include "client/offset_spec.h"

namespace streamline::client {

struct TransactionListing {
  std::string transactional_id;
  std::int64_t producer_id = -1;
  /// Kafka's word: Empty, Ongoing, PrepareCommit, CompleteCommit, …
  std::string state;
};

struct TransactionDescription {
  std::string transactional_id;
  std::int64_t producer_id = -1;
  std::int32_t producer_epoch = -1;
  std::string state;
  std::int32_t timeout_ms = 0;
  /// None while none is open.
  std::optional<std::int64_t> began_ms;
  std::string coordinator;
  /// Of the open transaction, ascending.
  std::vector<TopicPartition> partitions;
};

/// A producer that a partition remembers.
struct ActiveProducer {
  std::int64_t producer_id = -1;
  std::int32_t producer_epoch = -1;
  std::int32_t last_sequence = -1;
  std::int64_t last_timestamp_ms = -1;
  std::int32_t coordinator_epoch = -1;
  /// Where its open transaction begins in this partition; none: there is none.
  std::optional<std::int64_t> transaction_start;
};

/// A transaction of one partition, for write_abort_marker().
struct OpenTransaction {
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t coordinator_epoch = -1;
};

/// Errors of all of them: broker_failure's and the connection's. A transactional id that nobody knows is not_found.

/// Of all brokers, ascending by id; in these states only, all without any.
Result<std::vector<TransactionListing>> list_transactions(Cluster& cluster, const std::vector<std::string>& states = {});
Result<TransactionDescription> describe_transaction(Cluster& cluster, std::string_view transactional_id);
/// Takes the id over, whereupon the coordinator aborts what is open under it and the producer that had it is fenced off.
Status abort_transaction(Cluster& cluster, std::string_view transactional_id);
/// Ascending by producer id.
Result<std::vector<ActiveProducer>> active_producers(Cluster& cluster, const TopicPartition& of);
/// Ends a transaction in one partition behind the coordinator's back: for those that no coordinator knows any more.
Status write_abort_marker(Cluster& cluster, const TopicPartition& of, const OpenTransaction& transaction);

}  // namespace streamline::client
