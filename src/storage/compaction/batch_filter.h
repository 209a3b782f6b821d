// BatchFilter: what compaction leaves of one batch. Offsets, sequences, epoch and codec stay; records go.
// Rules: Kafka's log cleaner (KIP-534 for the delete horizon). A record below the map's end stays when no newer one has its key; without a
// key it goes. A tombstone stays until the delete horizon that its batch's header carries; the first round that keeps it sets the horizon.
// A batch without records leaves, or stays as a bare header where it holds a producer's last sequence or the end of the round.
// What a transaction wrote counts like the rest when it was committed, and goes at once when it was aborted. A marker stays while a batch
// of its transaction does, even a bare one, or while readers are told of the transaction; then it goes as a tombstone does.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/wall_time.h"
#include "record/batch_walker.h"
#include "record/compression.h"
#include "record/record_parser.h"
#include "storage/compaction/aborted_batches.h"
#include "storage/compaction/offset_map.h"

namespace streamline::storage {

struct FilterRules {
  const OffsetMap& map;
  /// Of every key the map knows the newest record below this offset; nothing at or above it is touched.
  Offset map_end;
  /// Where the round ends: the batch that ends there stays, so that readers get past what was removed before it.
  Offset round_end;
  WallTime now;
  std::int64_t delete_retention_ms = 0;
  /// Last offset of each known producer's last batch.
  std::unordered_map<ProducerId, Offset> last_offsets = {};
  const AbortedBatches& aborted;
};

/// Belongs to one thread. Batches of one log come in their order.
class BatchFilter {
 public:
  enum class Kind : std::uint8_t {
    kept,       ///< as it was
    rewritten,  ///< fewer records, or a delete horizon
    bare,       ///< only its header is left
    dropped,
  };
  struct Outcome {
    Kind kind = Kind::kept;
    record::BatchHeader header = {};
    /// The batch as it is now: a view into the old one or into the filter, until the next call.
    ByteView bytes = {};
    std::int32_t records_removed = 0;
  };

  explicit BatchFilter(const FilterRules& rules) : rules_(rules) {}

  /// `batch` has a right CRC. Errors: too_large (a batch would grow beyond 2 GiB).
  Result<Outcome> apply(const record::BatchView& batch);
  /// Batches whose records could not be read; they stay as they are.
  std::uint64_t unreadable_batches() const { return unreadable_batches_; }

 private:
  struct Kept {
    std::size_t from = 0;  // of the plain records
    std::size_t size = 0;
    std::int64_t timestamp = -1;
  };
  Result<Outcome> apply_marker(const record::BatchView& batch);
  Result<Outcome> apply_data(const record::BatchView& batch);
  Outcome remove_all(const record::BatchView& batch);
  bool select(const record::BatchHeader& header, ByteView plain);
  bool stays(const record::BatchHeader& header, const record::ParsedRecord& record) const;
  bool must_remain(const record::BatchHeader& header) const;
  Outcome leave_bare(const record::BatchView& batch);
  Result<Outcome> rewrite(const record::BatchView& batch, ByteView plain);
  void copy_records(ByteView plain);
  void encode_records(ByteView plain, std::int64_t base_timestamp);
  void assemble(record::BatchHeader& header, ByteView records);

  const FilterRules& rules_;
  record::Decompressor decompressor_;
  record::Compressor compressor_;
  std::unordered_set<ProducerId> in_transaction_;  // data came since the producer's last marker
  std::vector<Kept> kept_;
  bool has_tombstone_ = false;
  bool removed_any_ = false;
  std::vector<std::byte> records_;
  std::vector<std::byte> batch_;
  std::uint64_t unreadable_batches_ = 0;
};

}  // namespace streamline::storage
