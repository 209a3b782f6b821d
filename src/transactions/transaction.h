// Transaction: what the log says of one transactional id, and the questions that its rules ask of it. A value: operations make the
// next one out of the last and write it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/ids.h"
#include "base/result.h"
#include "transactions/state.h"
#include "wire/messages/transaction_log_value.h"

namespace streamline::transactions {

/// The last epoch that a producer is told; whoever has it gets a new producer id with the next bump (rule 58).
inline constexpr std::int16_t kLastEpoch = std::numeric_limits<std::int16_t>::max() - 1;

/// How the client of a transaction speaks: with epochs that stay until InitProducerId, or that grow with every end (KIP-890).
enum class Protocol : std::int16_t { classic = 0, bumping = 2 };

struct Producer {
  ProducerId id = kNoProducerId;
  std::int16_t epoch = -1;
  friend bool operator==(const Producer&, const Producer&) = default;
};

struct TopicPartitions {
  std::string topic{};
  /// Ascending, each once.
  std::vector<std::int32_t> partitions{};
  friend bool operator==(const TopicPartitions&, const TopicPartitions&) = default;
};

/// Of one transaction, by topic, ascending.
class Partitions {
 public:
  bool empty() const { return topics_.empty(); }
  std::span<const TopicPartitions> topics() const { return topics_; }
  /// How many partitions, over all topics.
  std::size_t count() const;
  bool contains(std::string_view topic, std::int32_t partition) const;
  /// Harmless when it is there already.
  void add(std::string_view topic, std::int32_t partition);
  void clear() { topics_ = {}; }
  friend bool operator==(const Partitions&, const Partitions&) = default;

 private:
  std::vector<TopicPartitions> topics_;
};

struct Transaction {
  State state = State::empty;
  Protocol protocol = Protocol::classic;
  Producer producer{};
  /// Whose epoch before this one may still ask, because its answer may have been lost: the same id for (id, epoch - 1), another for
  /// (that id, kLastEpoch), none when somebody else took the transactional id. Kafka writes the producer id there each time, and
  /// keeps in memory only what it needs to know; so that a retry over a restart is fenced there.
  ProducerId previous_producer_id = kNoProducerId;
  /// What takes the id's place when the markers are written; none while epochs are left.
  ProducerId next_producer_id = kNoProducerId;
  std::int32_t timeout_ms = 0;
  /// -1 in Empty.
  std::int64_t start_ms = -1;
  std::int64_t last_update_ms = -1;
  Partitions partitions{};

  bool has_last_epoch() const { return producer.epoch >= kLastEpoch; }
  /// Whether `asker` is the same producer before its last bump.
  bool was_held_by(const Producer& asker) const;
  friend bool operator==(const Transaction&, const Transaction&) = default;
};

/// As a record, version 1 (Kafka 4's). Texts and arrays lie in `arena` and in the transaction.
wire::TransactionLogValue logged(const Transaction& transaction, Arena& arena);
/// Errc::malformed for a state that no record may hold.
Result<Transaction> transaction_of(const wire::TransactionLogValue& value);

}  // namespace streamline::transactions
