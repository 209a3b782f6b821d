// Checking one partition: its files, its segments in order, and what the manifest claims of it.
#pragma once

#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "base/wall_time.h"
#include "fs/file_system.h"
#include "inspect/check_report.h"
#include "inspect/repair.h"
#include "inspect/segment_check.h"
#include "storage/log_state.h"

namespace streamline::inspect {

struct PartitionPlace {
  storage::LogIdentity identity;
  std::string damaged_directory;
  /// What the manifest says of it.
  std::optional<storage::ManifestEntry> entry = {};
  Gaps gaps = Gaps::forbidden;
  WallTime now = {};
};

/// What a repair has to do. Errors: the directory cannot be listed.
Result<PartitionRepair> check_partition(fs::FileSystem& file_system, const PartitionPlace& place, CheckReport& report);

/// Bytes in the segments there, for the progress; 0 where nothing can be read.
std::uint64_t partition_bytes(fs::FileSystem& file_system, const std::string& directory);

}  // namespace streamline::inspect
