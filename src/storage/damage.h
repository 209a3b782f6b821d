// Keeping bytes that recovery removes from a log although they may matter to somebody: under damaged/{topic}/partition-{N}/.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "fs/file_system.h"
#include "storage/segment.h"

namespace streamline::storage {

struct SetAside {
  std::uint64_t bytes = 0;
  std::uint64_t batches = 0;
};

/// Bytes [from, to) of a segment's file; `to` may lie behind its end.
struct AsideRange {
  Offset segment_base{0};
  std::uint64_t from = 0;
  std::uint64_t to = UINT64_MAX;
};

/// Copies them to a file of their own in `directory`, durably.
Status save_range_aside(fs::FileSystem& file_system, const std::string& directory, const fs::File& segment, AsideRange range);
/// Copies what lies behind the segment's end, durably; the segment itself is not changed.
Status save_bytes_aside(fs::FileSystem& file_system, const std::string& directory, const Segment& segment);
/// Moves the whole file there, durably on that side; a segment without batches is only removed. The caller syncs the log's directory.
Result<SetAside> set_segment_aside(fs::FileSystem& file_system, const std::string& directory, const Segment& segment);

}  // namespace streamline::storage
