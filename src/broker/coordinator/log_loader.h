// Loading: the log of one coordinator's partition read from its start to its end.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "record/end_marker.h"
#include "storage/log.h"

namespace streamline::broker {

/// Takes what a log holds, in its order.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  /// `producer` is that of the batch when it is part of a transaction.
  virtual void record(ByteView key, std::optional<ByteView> value, ProducerId producer) = 0;
  virtual void end(const record::EndMarker& marker) = 0;
};

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
Result<LoadReport> load_records(const storage::Log& log, RecordSink& sink);

}  // namespace streamline::broker
