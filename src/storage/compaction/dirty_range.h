// DirtyRange: what of a log was not compacted yet and may be now, and whether that is worth a round.
#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "base/result.h"
#include "base/wall_time.h"
#include "fs/file_system.h"
#include "storage/compaction/compaction_options.h"
#include "storage/log.h"

namespace streamline::storage {

struct DirtyRange {
  Offset first{0};
  /// Base of the first segment that must be left alone: the active one, one that is not synced and visible, or one that is too young.
  Offset end{0};
  std::uint64_t clean_bytes = 0;
  std::uint64_t dirty_bytes = 0;
  /// A record is older than max.compaction.lag.ms.
  bool overdue = false;

  double ratio() const { return static_cast<double>(dirty_bytes) / static_cast<double>(clean_bytes + dirty_bytes); }
  bool is_due(const CompactionOptions& options) const { return overdue || ratio() > options.min_cleanable_dirty_ratio; }
};

/// Nothing when no complete segment is dirty. Opens the segments of a log that has some, and syncs a log that nobody else syncs.
/// Errors: io, too_many_files ...
Result<std::optional<DirtyRange>> find_dirty_range(fs::FileSystem& file_system, Log& log, const CompactionOptions& options, WallTime now);

}  // namespace streamline::storage
