// Loading: the log of one partition of `__consumer_offsets` read from its start to its end into an empty shard.
#pragma once

#include "base/result.h"
#include "groups/group_shard.h"
#include "storage/log.h"

namespace streamline::broker {

/// What was met beside the records themselves.
struct LoadReport {
  std::size_t batches = 0;
  /// Batches that could not be read; their records are missing.
  std::size_t bad_batches = 0;
  std::string last_bad{};
};

/// On a pool thread: reads in large steps, everything that is in the log when it begins, also what is not synced yet: it is there
/// after a restart too, unless the power fails before its sync, and no answer leaves before that sync.
/// Errors: Log::read's, File::read_at's.
Result<LoadReport> load_groups(const storage::Log& log, groups::GroupShard& shard);

}  // namespace streamline::broker
