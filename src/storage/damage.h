// Keeping bytes that recovery removes from a log although they may matter to somebody: under damaged/{topic}/partition-{N}/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "fs/file_system.h"
#include "storage/segment.h"

namespace streamline::storage {

/// Whole batches among the bytes, and the offsets that they span; kNoOffset where there are none.
struct SetAside {
  std::string file;  // name in the directory
  std::uint64_t bytes = 0;
  std::uint64_t batches = 0;
  Offset first_offset = kNoOffset;
  Offset last_offset = kNoOffset;
};

/// Bytes [from, to) of a segment's file; `to` may lie behind its end.
struct AsideRange {
  Offset segment_base{0};
  std::uint64_t from = 0;
  std::uint64_t to = UINT64_MAX;
};

/// Copies them to a file of their own in `directory`, durably. Batches and offsets are the caller's to fill in.
Result<SetAside> save_range_aside(fs::FileSystem& file_system, const std::string& directory, const fs::File& segment, AsideRange range);
/// The same with what lies behind the segment's end; the segment itself is not changed.
Result<SetAside> save_bytes_aside(fs::FileSystem& file_system, const std::string& directory, const Segment& segment);
/// Moves the whole file there, durably on that side; a segment without batches is only removed. The caller syncs the log's directory.
Result<SetAside> set_segment_aside(fs::FileSystem& file_system, const std::string& directory, const Segment& segment);

/// What was kept, for people: a text file beside it that names topic, partition, offsets and bytes.
struct DamageReport {
  std::string topic;
  std::int32_t partition = 0;
  Offset log_end{0};  // where the log goes on
  std::vector<SetAside> kept = {};
  /// Offsets [missing_from, missing_to) have no file any more; empty when none are missing.
  Offset missing_from{0};
  Offset missing_to{0};
};
/// Durable when it returns; gives its path.
Result<std::string> write_damage_report(fs::FileSystem& file_system, const std::string& directory, const DamageReport& report);
/// The same, and an error in the broker's own log; nothing when nothing was kept and nothing is missing.
Status report_damage(fs::FileSystem& file_system, const std::string& directory, const DamageReport& report);

}  // namespace streamline::storage
