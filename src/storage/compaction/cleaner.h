// Cleaner: one round of compaction over one log (architecture section 5; Kafka's log cleaner is the model).
// A round reads the dirty range into an offset map, as far as the map goes, then rewrites everything from the log's first segment to where
// the map ends, one new segment after the other; then the cleaner point moves there. What the map could not hold is the next round's.
// Kept under every crash: the newest record of each key; no older one comes back; no offset changes (swap.h, cleaner_point.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/ids.h"
#include "base/result.h"
#include "base/wall_time.h"
#include "fs/file_system.h"
#include "storage/compaction/compaction_options.h"
#include "storage/compaction/dirty_range.h"
#include "storage/compaction/key_digest.h"
#include "storage/log.h"

namespace streamline::storage {

/// How fast compaction may go, and when it has to stop. Called by the thread that cleans.
class Pace {
 public:
  virtual ~Pace() = default;
  /// After each step of at most some mebibytes read and written; may wait. False = stop now.
  virtual bool proceed(std::uint64_t bytes) = 0;
};

/// Memory of the offset map.
struct MapLimits {
  std::size_t memory_bytes = 128 * 1024 * 1024;
  double load_factor = 0.9;
};

struct RoundReport {
  /// Everything below was compacted; DirtyRange::end, or less when the keys did not fit.
  Offset cleaned_to{0};
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  std::uint64_t segments_before = 0;
  std::uint64_t segments_after = 0;
  std::uint64_t records_removed = 0;
  /// Batches whose records could not be read: they stay as they are.
  std::uint64_t unreadable_batches = 0;
};

/// Belongs to one thread. One round at a time per log.
class Cleaner {
 public:
  Cleaner(fs::FileSystem& file_system, const MapLimits& limits, Pace& pace)
      : fs_(file_system), limits_(limits), pace_(pace), hasher_(KeyHasher::random()) {}
  /// Between two rounds.
  void set_limits(const MapLimits& limits) { limits_ = limits; }

  /// `range` as find_dirty_range just told. After an error everything is as it was, or compacted up to some segment; the point stays.
  /// Errors: timed_out (the pace said stop), closed, corrupt (a segment is damaged: only part of it could be copied), conflict (segments
  /// left the log meanwhile), no_space, io ...
  Result<RoundReport> clean(Log& log, const CompactionOptions& options, const DirtyRange& range, WallTime now);

 private:
  fs::FileSystem& fs_;
  MapLimits limits_;
  Pace& pace_;
  const KeyHasher hasher_;
};

}  // namespace streamline::storage
