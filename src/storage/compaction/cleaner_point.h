// The file `cleaner-point` of a partition: the offset below which its records were compacted. Losing it means compacting them again.
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "fs/file_system.h"

namespace streamline::storage {

inline constexpr std::string_view kCleanerPointName = "cleaner-point";

/// Durable when it returns. File: magic "STCP" 4, version 2, reserved 2, offset 8, CRC-32C 4, little-endian.
Status save_cleaner_point(fs::FileSystem& file_system, const std::string& directory, Offset point);
/// Offset 0 when there is none, or a damaged one. Errors: unsupported (another version), io.
Result<Offset> load_cleaner_point(fs::FileSystem& file_system, const std::string& directory);

}  // namespace streamline::storage
