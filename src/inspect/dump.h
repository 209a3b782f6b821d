// dump: shows one file of a data directory, or Kafka's .log, as lines: its header, its batches, their records, its entries.
// Reads only, so that it may look at the files of a running broker.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "fs/file_system.h"
#include "inspect/line.h"

namespace streamline::inspect {

enum class Show : std::uint8_t { batches, records };

struct DumpOptions {
  Format format = Format::text;
  Show show = Show::batches;
  /// Only what touches [from, to).
  Offset from{0};
  Offset to{INT64_MAX};
  /// By whose schemas records are shown; empty = by the topic in the path.
  std::string topic = {};
};

struct DumpOutcome {
  /// Something in the file is torn, damaged or out of order; a line told what.
  enum class State : std::uint8_t { whole, damaged } state = State::whole;
};

/// `path` is a file, or a partition's directory: then all its segments, in order.
/// Errors: unsupported (no file of a kind that is known), not_found, permission, io; lines may have been put before.
Result<DumpOutcome> dump(fs::FileSystem& file_system, const std::string& path, const DumpOptions& options, LineSink& sink);

}  // namespace streamline::inspect
