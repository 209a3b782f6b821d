// TransactionShard: the coordinator of all transactional ids whose records live in one partition of `__transaction_state`. A state
// machine: no clock, no I/O, no threads of its own. Operations change its state at once and leave records, answers and orders in
// Effects; the runtime appends the records of a turn as one and releases the others when they are durable. README.md tells how and why.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/bytes.h"
#include "coordinator/load_figures.h"
#include "transactions/effects.h"
#include "transactions/listing.h"
#include "transactions/options.h"
#include "transactions/partitions.h"
#include "transactions/shard_state.h"
#include "transactions/sources.h"
#include "wire/messages/end_txn.h"
#include "wire/messages/init_producer_id.h"

namespace streamline::transactions {

using coordinator::LoadFigures;

class TransactionShard {
 public:
  /// `topics` and `ids` outlive the shard.
  TransactionShard(const Options& options, const TopicLookup& topics, ProducerIds& ids);
  TransactionShard(const TransactionShard&) = delete;
  TransactionShard& operator=(const TransactionShard&) = delete;

  // Loading: replay() for each record of the partition in its order, then loaded() once, then anything else.

  /// A record that cannot be understood is counted, named in load_figures() and changes nothing.
  void replay(ByteView key, std::optional<ByteView> value);
  /// What was decided is ordered again, what is open goes on. `coordinator_epoch` is the log's leader epoch; it goes on the markers.
  void loaded(Now now, std::int32_t coordinator_epoch, Effects& effects);
  const LoadFigures& load_figures() const { return load_figures_; }

  // Requests about one id, each answered once, through effects of this or a later operation. Everything is checked here but
  // authorization.

  /// With a transactional id; without one no coordinator is needed.
  void init_producer_id(const wire::InitProducerIdRequest& request, const Call& call, Now now, Effects& effects);
  /// `offsets` is the partition that keeps the group's offsets.
  void add_offsets(const wire::AddOffsetsToTxnRequest& request, const PartitionName& offsets, const Call& call, Now now, Effects& effects);
  /// Answered when the markers are written.
  void end_transaction(const wire::EndTxnRequest& request, const Call& call, Now now, Effects& effects);

  // Parts of requests, which the runtime puts together. They own nothing of the state: texts and arrays lie in `arena`. Like every
  // answer they may only leave, and be acted on, once the records written so far are durable.

  /// Versions below 4 have one transaction, which the caller puts into this shape and back.
  wire::AddPartitionsToTxnResponse::AddPartitionsToTxnResult add_partitions(
      const wire::AddPartitionsToTxnRequest::AddPartitionsToTxnTransaction& request, std::int16_t version, Arena& arena, Now now,
      Effects& effects);
  /// For clients whose data and offsets add their partition themselves (KIP-890). The partition exists.
  wire::ErrorCode add_partition(std::string_view id, const Producer& producer, const PartitionName& partition, Now now, Effects& effects);
  /// For those who have added it: whether data may come. What it rests on may not be durable yet, and need not be: an Ongoing that
  /// the power takes away took the data's acks along.
  wire::ErrorCode verify_partition(std::string_view id, const Producer& producer, const PartitionName& partition) const;
  DescribedTransaction describe(std::string_view id, Arena& arena) const;
  std::vector<ListedTransaction> list(const wire::ListTransactionsRequest& request, Now now, Arena& arena) const;

  /// The runtime has carried out an order of this shard.
  void markers_written(std::string_view id, std::uint64_t order, Now now, Effects& effects);

  // Time.

  /// Call expire() at this time or later; none: nothing is open.
  std::optional<std::int64_t> next_deadline() const;
  /// Aborts what has been open for too long. Also to be called at the end of each turn.
  void expire(Now now, Effects& effects);

  enum class Sweep : std::uint8_t { more, done };
  /// Forgets ids that nobody uses, a bounded number per call: call again in a later turn while it answers `more`, and start anew
  /// every transaction.remove.expired.transaction.cleanup.interval.ms.
  Sweep forget_unused(Now now, Effects& effects);

  // The end.

  /// Answers everything that is parked with `error`: the append of an operation failed, or the coordinator moves or stops. The shard
  /// is not to be used afterwards, its orders are void, and a new one is loaded from the log.
  void abandon(wire::ErrorCode error, Effects& effects);

  const ShardState& state() const { return state_; }

 private:
  Step begin(Now now, Effects& effects);

  ShardState state_;
  Arena arena_;
  LoadFigures load_figures_;
  std::string sweep_from_;  // the id that the next forget_unused() begins with
};

}  // namespace streamline::transactions
