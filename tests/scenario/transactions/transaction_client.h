// TransactionClient: a producer of the random driver, which begins, writes and ends transactions, as the classic protocol or KIP-890
// has it, retries what has no answer, and may die or come back as a zombie.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "scenario/transactions/ledger.h"
#include "scenario/transactions/transaction_world.h"

namespace streamline::scenario {

/// A write that was let in: it waits until what let it in is durable, then for the sync of its partition.
struct PendingWrite {
  std::uint32_t client = 0;
  std::size_t partition = 0;
  transactions::Producer producer{};
  std::uint32_t serial = 0;
  std::size_t guard = 0;
  std::size_t log_size = 0;
  std::optional<std::size_t> at{};
};

class TransactionClient {
 public:
  struct Parts {
    std::uint32_t number = 0;
    std::string id{};
    transactions::Protocol protocol = transactions::Protocol::classic;
    TransactionWorld& world;
    ModelPartitions& partitions;
    Ledger& ledger;
    std::vector<PendingWrite>& writes;
  };
  explicit TransactionClient(const Parts& parts) : parts_(parts) {}

  std::uint32_t number() const { return parts_.number; }
  bool is_dead() const { return phase_ == Phase::dead; }
  bool is_idle() const { return phase_ == Phase::ready || phase_ == Phase::dead; }

  enum class Mood : std::uint8_t { begins, only_ends };
  /// Its next request, if it waits for nothing.
  void go_on(std::mt19937_64& random, Mood mood);
  /// What has a delayed copy in the network: an end, a write or an init of what it once was.
  void haunt(std::mt19937_64& random);
  /// An answer that may be its own. What is wrong with it.
  std::string take(const transactions::Answer& answer);
  /// Its write is in the partition for good, or was refused.
  void written(const PendingWrite& write, std::optional<std::size_t> at);
  /// Whatever it waits for, no answer comes any more; it asks again.
  void lose_connection();

 private:
  enum class Phase : std::uint8_t { starting, ready, open, ending, dead };

  void init();
  void begin(std::mt19937_64& random);
  void write(std::mt19937_64& random);
  void end();
  bool add(std::size_t partition);
  std::string take_end(const transactions::Answer& answer);
  transactions::PartitionName name_of(std::size_t partition) const { return {.topic = "t", .partition = std::int32_t(partition)}; }
  std::size_t log_size() { return parts_.world.log().size() + parts_.world.effects().records.size(); }
  std::int16_t end_version() const { return parts_.protocol == transactions::Protocol::bumping ? 5 : 4; }

  Parts parts_;
  Phase phase_ = Phase::starting;
  std::optional<transactions::Producer> producer_{};
  std::optional<transactions::Producer> former_{};
  std::uint32_t serial_ = 0;
  int writes_left_ = 0;
  int writes_waiting_ = 0;
  bool commits_ = false;
  std::optional<std::uint64_t> waiting_{};      // the ticket of a request without an answer
  std::optional<std::size_t> waits_for_log_{};  // an addition that is not durable
};

}  // namespace streamline::scenario
