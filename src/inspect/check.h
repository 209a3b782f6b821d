// check: reads a whole data directory while no broker uses it, and tells whatever does not hold together; on request it mends that.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/wall_time.h"
#include "fs/file_system.h"
#include "inspect/finding.h"

namespace streamline::inspect {

enum class Repair : std::uint8_t { no, yes };

struct CheckOptions {
  std::string data_directory = {};
  /// Only this topic; empty = all.
  std::string topic = {};
  /// Damaged bytes go to damaged/, and an empty batch takes the place of the offsets that they held; files that can be made from
  /// the batches are made anew. A batch with a right CRC is never changed.
  Repair repair = Repair::no;
  WallTime now = {};
};

struct CheckSummary {
  std::uint64_t topics = 0;
  std::uint64_t partitions = 0;
  std::uint64_t segments = 0;
  std::uint64_t batches = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t notes = 0;
  std::uint64_t errors = 0;
  /// Files under damaged/: what was set aside, now or earlier.
  std::uint64_t files_aside = 0;
};

/// Holds the directory's lock meanwhile. Errors: not_found (no data directory, no such topic), locked (naming the pid), permission, io.
Result<CheckSummary> check(fs::FileSystem& file_system, const CheckOptions& options, CheckObserver& observer);

}  // namespace streamline::inspect
