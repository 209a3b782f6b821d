// EpochCache: at which offset each leader epoch of a log starts; the file `epochs`.
// Invariant: epochs and start offsets both rise strictly. Not thread-safe; the log guards it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace streamline::storage {

/// Rule 95: the largest epoch at or below the one asked for, and where it ends; -1 and -1 when there is none.
struct EpochEnd {
  LeaderEpoch epoch{-1};
  Offset end_offset = kNoOffset;
  friend bool operator==(const EpochEnd&, const EpochEnd&) = default;
};

struct EpochStart {
  LeaderEpoch epoch{0};
  Offset start{0};
  friend bool operator==(const EpochStart&, const EpochStart&) = default;
};

class EpochCache {
 public:
  /// `epoch` starts at `start`; epochs that would start there or later are forgotten. True when something changed.
  bool assign(LeaderEpoch epoch, Offset start);
  /// Forgets epochs that start at or after `end`.
  void truncate_to(Offset end);
  EpochEnd end_of(LeaderEpoch epoch, Offset log_end) const;
  std::optional<LeaderEpoch> latest() const;
  const std::vector<EpochStart>& entries() const { return entries_; }

  std::vector<std::byte> encode() const;
  /// Errors: corrupt, unsupported (another version).
  static Result<EpochCache> decode(ByteView bytes);

 private:
  std::vector<EpochStart> entries_;
};

}  // namespace streamline::storage
