// AbortedIndex: the aborted transactions whose markers lie in one segment, and the `.txnindex` file that keeps them. Carries no truth:
// it can be made anew from the segment and the producers at its base. Not thread-safe.
//
// File: magic "STTX" 4, version 2, reserved 2, count 4, then per transaction: producer id 8, first offset 8, marker's offset 8, last
// stable offset 8; CRC-32C of all 4. Little-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace streamline::storage {

struct AbortedTransaction {
  ProducerId producer_id = kNoProducerId;
  /// Of its first record here.
  Offset first{0};
  /// Of the marker that ended it.
  Offset marker{0};
  /// The last stable offset once that marker was there. Whatever ends later began at or above it.
  Offset last_stable{0};
  friend bool operator==(const AbortedTransaction&, const AbortedTransaction&) = default;
};

/// What an index holds of the markers in [from, to), in brief.
struct AbortedRange {
  Offset from{0};
  Offset to{0};
  std::uint32_t count = 0;
  std::uint32_t crc = 0;
  friend bool operator==(const AbortedRange&, const AbortedRange&) = default;
};

class AbortedIndex {
 public:
  /// In the order of the markers.
  void add(const AbortedTransaction& transaction);
  std::span<const AbortedTransaction> all() const { return transactions_; }
  bool empty() const { return transactions_.empty(); }
  /// Forgets those whose marker is at or above `end`: what a failed write or a cut took back.
  void cut(Offset end);

  enum class Search : std::uint8_t {
    goes_on,  ///< segments behind this one may hold more
    ended,    ///< no later marker ends a transaction that began in the range
  };
  /// Adds to `found` every transaction that has a record in [from, up_to): readers of committed data drop its records there (rule 65).
  Search collect(Offset from, Offset up_to, std::vector<AbortedTransaction>& found) const;

  /// Forgets those whose marker is below `start`: their segment left the log.
  void drop_below(Offset start);
  AbortedRange range(Offset from, Offset to) const;

  /// Those whose marker is in [from, to).
  std::vector<std::byte> encode(Offset from = Offset(0), Offset to = Offset(INT64_MAX)) const;
  /// Errors: corrupt, unsupported (another version).
  static Result<AbortedIndex> decode(ByteView bytes);

 private:
  std::span<const AbortedTransaction> within(Offset from, Offset to) const;

  std::vector<AbortedTransaction> transactions_;  // markers ascend
};

/// As a response lists them: by first offset, each once.
void sort_for_readers(std::vector<AbortedTransaction>& found);

}  // namespace streamline::storage
