// The small files of a data directory as lines: manifest, epochs, producers, indexes, identities.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "inspect/line.h"

namespace streamline::inspect {

/// What a file is, by its first bytes, and by its name where it has no magic.
enum class FileKind : std::uint8_t {
  segment,
  kafka_log,
  bytes_aside,
  index,
  producers,
  aborted,
  epochs,
  manifest,
  producer_ids,
  json,
  other
};
FileKind kind_of_file(const std::string& path, ByteView first_bytes);

/// Puts the whole file. `kind` is one that has no batches. Errors: corrupt or malformed (it fails its checks), unsupported.
Status dump_small_file(FileKind kind, ByteView bytes, Format format, LineSink& sink);

}  // namespace streamline::inspect
