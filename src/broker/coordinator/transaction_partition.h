// TransactionPartition: the coordinator of the transactional ids in one partition of `__transaction_state`. Its shard's orders wait
// here until their turn is durable; a MarkerWriter then carries them out.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

#include "broker/coordinator/marker.h"
#include "broker/coordinator/shard_partition.h"
#include "broker/coordinator/topic_counts.h"
#include "transactions/transaction_shard.h"

namespace streamline::broker {

class TransactionPartition final : public ShardPartition<transactions::TransactionShard, transactions::Effects> {
 public:
  /// `ids` outlives this.
  TransactionPartition(const Parts& parts, const transactions::Options& options, transactions::ProducerIds& ids);

  coordinator::Answer failed(const coordinator::Answer& answer, wire::ErrorCode error) const override;
  bool carry_out(Shard& here) override;

  /// Writes the marker to `target`, while the shard that ordered it lives: none when it does not, and the order is void. The lock is
  /// held over the write, so that no marker comes late: it could end a classic producer's next transaction.
  std::optional<MarkerOutcome> write_marker(std::uint64_t life, Partition& target, const record::EndMarker& marker, Shard& here);
  /// All markers of the order are durable. Touch it afterwards.
  void markers_written(std::uint64_t life, std::string_view id, std::uint64_t order, coordinator::Now now);

 private:
  struct Pending {
    transactions::MarkerOrder order;
    Offset durable_at;
  };
  std::unique_ptr<transactions::TransactionShard> make_shard() override;
  void replay(transactions::TransactionShard& shard, ByteView key, std::optional<ByteView> value, ProducerId) override {
    shard.replay(key, value);
  }
  /// No transaction writes to the log that tells of transactions.
  void replay(transactions::TransactionShard&, const record::EndMarker&) override {}
  void loaded(coordinator::Now now) override;
  void refresh() override { topics_.refresh(); }
  void abandon(wire::ErrorCode error) override;
  void end_turn(Turn& turn) override;

  const transactions::Options options_;
  transactions::ProducerIds& ids_;

  // Guarded by mutex_.
  TopicCounts topics_;
  std::uint64_t life_ = 0;  // shards that were given up before this one
  std::deque<Pending> pending_;
  bool was_given_up_ = false;  // since the last turn
};

}  // namespace streamline::broker
