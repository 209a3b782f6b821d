// ProducerTable: what a log knows of its idempotent producers (rules 46 to 54), and the `.producers` snapshot file.
// Changes are journalled until commit() or roll_back(), so that a failed write leaves no trace. Not thread-safe; the log guards it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/wall_time.h"
#include "record/batch.h"
#include "storage/aborted_index.h"
#include "storage/open_transactions.h"

namespace streamline::storage {

struct ProducerBatch {
  std::int32_t first_sequence = 0;
  std::int32_t last_sequence = 0;
  Offset first_offset{0};
  Offset last_offset{0};
  std::int64_t append_time_ms = -1;
  friend bool operator==(const ProducerBatch&, const ProducerBatch&) = default;
};

struct ProducerEntry {
  static constexpr std::size_t kRememberedBatches = 5;

  ProducerId id;
  std::int16_t epoch = record::kNoProducerEpoch;
  /// Time of the last append.
  std::int64_t last_update_ms = 0;
  /// Oldest first.
  std::span<const ProducerBatch> batches() const { return {batches_.data(), count_}; }
  /// kNoSequence when no batch of this epoch is known.
  std::int32_t last_sequence() const { return count_ == 0 ? record::kNoSequence : batches_[count_ - 1].last_sequence; }
  void clear() { count_ = 0; }
  void add(const ProducerBatch& batch);
  friend bool operator==(const ProducerEntry& a, const ProducerEntry& b);

 private:
  std::array<ProducerBatch, kRememberedBatches> batches_{};
  std::uint8_t count_ = 0;
};

/// What a snapshot says of transactions, beside the producers.
struct TransactionSnapshot {
  std::vector<TransactionEntry> entries = {};
  /// What the indexes of aborted transactions hold below the snapshot's offset, a range for each segment that had any.
  std::vector<AbortedRange> aborted = {};
  friend bool operator==(const TransactionSnapshot&, const TransactionSnapshot&) = default;
};

class ProducerTable {
 public:
  /// Either nothing (append it), a known batch (a duplicate), or an error code.
  struct Verdict {
    std::optional<ProducerBatch> duplicate;
    std::optional<Errc> error;
  };
  Verdict check(const record::BatchHeader& header) const;
  /// Takes up a batch whose header.base_offset is assigned; `append_time` is remembered for duplicates.
  void apply(const record::BatchHeader& header, std::int64_t append_time_ms, std::int64_t update_ms);
  /// Makes the changes since the last call final.
  void commit() { journal_.clear(); }
  /// Takes them back.
  void roll_back();

  /// Forgets who was idle for `expiration_ms` (rule 53), in `transactions` too; those with a transaction open stay.
  void expire(WallTime now, std::int64_t expiration_ms, OpenTransactions& transactions);
  /// With more than `most` of them, forgets those that were idle for longest, an eighth at once, so that it is rarely done. Those with a
  /// transaction open stay. Returns how many went. Changes must be final.
  std::size_t bound(std::size_t most, OpenTransactions& transactions);
  /// kNoProducerEpoch when the producer is not known.
  std::int16_t epoch_of(ProducerId id) const;
  /// By id.
  std::vector<ProducerEntry> entries() const;
  bool empty() const { return table_.empty(); }
  /// Rises with every change.
  std::uint64_t version() const { return version_; }

  /// Snapshot of the state at `offset`. Of version 1 when there is nothing to be told of transactions.
  std::vector<std::byte> encode(Offset offset, const TransactionSnapshot& transactions = {}) const;
  struct Snapshot;
  /// Errors: corrupt, unsupported (another version).
  static Result<Snapshot> decode(ByteView bytes);

 private:
  struct Change {
    ProducerId id;
    std::optional<ProducerEntry> before;
  };
  std::unordered_map<ProducerId, ProducerEntry> table_;
  std::vector<Change> journal_;
  std::uint64_t version_ = 0;
};

struct ProducerTable::Snapshot {
  Offset offset{0};
  ProducerTable table;
  TransactionSnapshot transactions;
};

}  // namespace streamline::storage
