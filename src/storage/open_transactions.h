// OpenTransactions: which producers have a transaction open in a log, what their batches and markers may do therefore, and up to where
// readers of committed data may look (rules 61, 63, 64, 70). Changes are journalled until commit() or roll_back(), so that a failed
// write leaves no trace. Not thread-safe; the log guards it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "record/batch.h"
#include "record/end_marker.h"
#include "storage/aborted_index.h"

namespace streamline::storage {

/// Why a batch is not taken.
enum class TransactionFault : std::uint8_t {
  not_transactional,   ///< INVALID_TXN_STATE: plain data of a producer whose transaction is open
  not_verified,        ///< INVALID_TXN_STATE: the first data of a transaction without a guard, or with one that a marker made void
  out_of_order,        ///< OUT_OF_ORDER_SEQUENCE_NUMBER: the first data, while earlier data was asked for too (rule 49)
  old_epoch,           ///< INVALID_PRODUCER_EPOCH: a marker of an epoch before that of the data
  coordinator_fenced,  ///< TRANSACTION_COORDINATOR_FENCED: a marker by an older coordinator
};

/// Taken before the coordinator is asked whether a producer's transaction has this partition: if it ended meanwhile, the answer is worth
/// nothing any more.
struct TransactionGuard : Strong<struct TransactionGuardTag, std::uint64_t> {
  using Strong::Strong;
  friend constexpr auto operator<=>(TransactionGuard, TransactionGuard) = default;
};

/// For whom a guard is wanted, and the first sequence of what is to be written; kNoSequence when it has none.
struct GuardRequest {
  ProducerId id = kNoProducerId;
  std::int16_t epoch = record::kNoProducerEpoch;
  std::int32_t first_sequence = record::kNoSequence;
};

/// What is known of one producer; that of a producer with nothing open counts for its next markers.
struct TransactionEntry {
  ProducerId id = kNoProducerId;
  std::int16_t epoch = record::kNoProducerEpoch;
  /// Offset of the first batch of the open transaction; none when nothing is open.
  std::optional<Offset> first{};
  /// Of the last marker; -1 when there was none.
  std::int32_t coordinator_epoch = -1;
  friend bool operator==(const TransactionEntry&, const TransactionEntry&) = default;
};

class OpenTransactions {
 public:
  // Data.

  /// None when the coordinator need not be asked: the transaction is open, and nobody who asked earlier waits for his answer. Otherwise
  /// the same one until a marker makes it void. To be given back once what it was taken for was appended or refused.
  std::optional<TransactionGuard> guard(const GuardRequest& request);
  void release_guard(ProducerId id, TransactionGuard guard);
  /// Forgets guards that nobody holds: until then they remember the lowest sequence that was asked for.
  void drop_idle_guards();
  /// Whether a batch of data may be appended. In an open transaction of its epoch no guard is needed.
  std::optional<TransactionFault> check(const record::BatchHeader& header, std::optional<TransactionGuard> guard) const;
  /// Takes up a batch of data whose base offset is assigned.
  void apply(const record::BatchHeader& header);

  // Markers.

  std::optional<TransactionFault> check(const record::EndMarker& marker) const;
  /// Takes up a marker at `offset`. What it aborted, if anything was open.
  std::optional<AbortedTransaction> apply(const record::EndMarker& marker, Offset offset);

  /// Makes the changes since the last call final.
  void commit();
  /// Takes them back. Guards that a marker made void stay void.
  void roll_back();

  // Readers.

  /// Nothing is open, and every end that is final was seen by note_high_watermark().
  bool is_idle() const { return open_.empty() && ended_.empty(); }
  /// Where the oldest transaction begins that has not ended, or not by a marker below `high_watermark`.
  std::optional<Offset> first_unstable(Offset high_watermark) const;
  /// Below this every transaction has ended, and its marker is below `high_watermark` too.
  Offset last_stable(Offset high_watermark) const {
    return std::min(high_watermark, first_unstable(high_watermark).value_or(high_watermark));
  }
  /// Ends whose markers are below it need not be remembered. Changes must be final.
  void note_high_watermark(Offset high_watermark);

  // State.

  /// Of the oldest one.
  std::optional<Offset> first_open() const { return open_.empty() ? std::nullopt : std::optional(open_.begin()->first); }
  /// No producer is known.
  bool empty() const { return entries_.empty(); }
  bool is_open(ProducerId id) const;
  bool is_open(ProducerId id, std::int16_t epoch) const;
  /// Nothing when the producer is not known.
  std::optional<TransactionEntry> entry(ProducerId id) const;
  std::size_t open_count() const { return open_.size(); }
  /// By id.
  std::vector<TransactionEntry> entries() const;
  /// As a snapshot has it; final.
  void restore(const TransactionEntry& entry);
  /// Forgets a producer that has nothing open. False when it has.
  bool forget(ProducerId id);

 private:
  struct Ended {
    Offset first;
    Offset marker;
  };
  struct Change {
    ProducerId id;
    std::optional<TransactionEntry> before;
  };
  struct Guarded {
    TransactionGuard guard;
    std::int16_t epoch = record::kNoProducerEpoch;
    std::int32_t lowest_sequence = record::kNoSequence;
    std::uint32_t holders = 0;
  };
  TransactionEntry& changed(ProducerId id);
  void put(const TransactionEntry& entry);

  std::map<ProducerId, TransactionEntry> entries_;
  std::set<std::pair<Offset, ProducerId>> open_;  // of entries_ with a first offset
  std::deque<Ended> ended_;                       // markers ascend
  std::size_t ended_new_ = 0;                     // of these, at the back: not final
  std::vector<Change> journal_;
  std::map<ProducerId, Guarded> guards_;
  std::uint64_t last_guard_ = 0;
};

}  // namespace streamline::storage
