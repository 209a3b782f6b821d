// TransactionWorld: one TransactionShard with its log, which may lose what is not synced, a clock that stands until it is told to
// move, and what waits for a sync.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transactions/transaction_shard.h"

namespace streamline::scenario {

class CountingProducerIds final : public transactions::ProducerIds {
 public:
  Result<ProducerId> next() override;
  bool fails = false;

 private:
  std::int64_t next_ = 1000;
};

class CountedTopics final : public transactions::TopicLookup {
 public:
  std::optional<std::int32_t> partitions_of(std::string_view topic) const override;
  std::map<std::string, std::int32_t, std::less<>> topics{};
};

struct TransactionRecord {
  std::vector<std::byte> key{};
  std::optional<std::vector<std::byte>> value{};
};

/// What may leave now.
struct Released {
  std::vector<transactions::Answer> answers{};
  std::vector<transactions::MarkerOrder> orders{};
};

class TransactionWorld {
 public:
  explicit TransactionWorld(const transactions::Options& options = {});

  transactions::TransactionShard& shard() { return *shard_; }
  const transactions::TransactionShard& shard() const { return *shard_; }
  transactions::Effects& effects() { return effects_; }
  const std::vector<TransactionRecord>& log() const { return log_; }
  std::vector<TransactionRecord>& log() { return log_; }
  transactions::Now now() const { return now_; }
  CountingProducerIds& ids() { return ids_; }
  CountedTopics& topics() { return topics_; }
  /// Records that a power cut leaves.
  std::size_t durable() const { return durable_; }

  /// A call of `client`, who is found again by the ticket.
  transactions::Call call(std::string_view client, wire::ApiKey api, std::int16_t version);
  const std::string& client_of(transactions::Ticket ticket) const { return callers_.at(ticket.value); }

  /// Whether every turn is synced as it ends; otherwise sync() does it.
  void set_syncs_turns(bool syncs) { syncs_turns_ = syncs; }
  /// The end of a turn: what is due happens, the records are appended.
  Released end_turn();
  /// All that was appended is durable.
  Released sync();
  /// The end of a turn whose append fails with `error`: the shard is given up and loaded anew.
  Released fail_turn(wire::ErrorCode error);
  /// Lets `ms` pass, with a turn at each deadline on the way.
  Released pass(std::int64_t ms);
  /// The broker starts anew on the same log; what waited is lost. Its turn has not ended yet.
  void restart();
  /// The same after a power cut, which leaves `extra` of the records that were not durable.
  void lose_power(std::size_t extra);
  /// The wall clock is set to another time.
  void set_wall(std::int64_t by_ms) { now_.wall_ms += by_ms; }
  /// A shard that has seen the log and nothing else.
  std::unique_ptr<transactions::TransactionShard> replayed();
  const transactions::Options& options() const { return options_; }

 private:
  template <class What>
  struct Held {
    What what{};
    std::size_t log_size = 0;
  };
  void append();
  Released release();

  transactions::Options options_;
  CountingProducerIds ids_;
  CountedTopics topics_;
  std::unique_ptr<transactions::TransactionShard> shard_;
  transactions::Effects effects_;
  std::vector<TransactionRecord> log_;
  std::size_t durable_ = 0;
  bool syncs_turns_ = true;
  std::int32_t leader_epoch_ = 0;
  std::vector<Held<transactions::Answer>> answers_;
  std::vector<Held<transactions::MarkerOrder>> orders_;
  std::vector<transactions::Answer> settled_;
  std::map<std::uint64_t, std::string> callers_;
  std::uint64_t next_ticket_ = 1;
  // Far from zero, so that a clock taken for the other one is noticed.
  transactions::Now now_{.monotonic_ms = 5'000, .wall_ms = 1'700'000'000'000};
};

}  // namespace streamline::scenario
