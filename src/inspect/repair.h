// Mending a partition: damaged stretches leave their segment for damaged/, files that can be made anew are removed or made.
// Each step is durable before the next, and a crash in between leaves a directory that the next check or start understands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "fs/file_system.h"
#include "storage/segment_header.h"

namespace streamline::inspect {

/// Bytes [from, to) of a segment are no batches; they held the offsets [first_lost, next).
struct BadStretch {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  Offset first_lost{0};
  Offset next{0};
  /// For the empty batch that takes their place.
  LeaderEpoch leader_epoch{0};
};

struct SegmentRepair {
  Offset base{0};
  /// Where the next segment starts; INT64_MAX for the last one.
  Offset next_base{INT64_MAX};
  /// Behind this everything may go.
  std::uint64_t end = 0;
  std::vector<BadStretch> bad = {};
  /// Written in place of one that cannot be read.
  std::optional<storage::SegmentHeader> header = {};
  bool index_is_bad = false;
  bool is_needed() const { return !bad.empty() || header.has_value() || index_is_bad; }
};

struct PartitionRepair {
  std::string directory;
  /// Where removed bytes are kept.
  std::string damaged_directory;
  std::vector<SegmentRepair> segments = {};
  /// Full paths.
  std::vector<std::string> remove = {};
  bool is_needed() const { return !segments.empty() || !remove.empty(); }
};

/// One line per step that was taken. Errors: the file system's.
Result<std::vector<std::string>> repair_partition(fs::FileSystem& file_system, const PartitionRepair& plan);

}  // namespace streamline::inspect
