// CompactionOptions: what compaction needs to know of a topic; plain values, handed in by the broker. Names are those of Kafka's keys.
#pragma once

#include <cstdint>
#include <limits>

namespace streamline::storage {

struct CompactionOptions {
  /// A log is worth a round when more than this part of it was not compacted yet.
  double min_cleanable_dirty_ratio = 0.5;
  /// Segments with a record younger than this are left alone.
  std::int64_t min_compaction_lag_ms = 0;
  /// A log with an older record that was not compacted yet is due, whatever the ratio.
  std::int64_t max_compaction_lag_ms = std::numeric_limits<std::int64_t>::max();
  /// How long a tombstone stays after the first round that kept it.
  std::int64_t delete_retention_ms = 24LL * 3600 * 1000;
  /// Segments are put together up to this size.
  std::uint64_t segment_bytes = 1U << 30U;
  std::uint32_t index_interval_bytes = 32 * 1024;
};

}  // namespace streamline::storage
