// What a log is called, what the manifest remembers of it, and what opening it found.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"

namespace streamline::storage {

struct LogIdentity {
  std::string topic;
  TopicId topic_id;
  std::int32_t partition = 0;
  /// The partition's directory.
  std::string directory;
};

/// How the last run of the broker ended.
enum class LastStop : std::uint8_t {
  first_start,  ///< the directory is new
  clean,        ///< orderly: nothing needs to be looked at
  killed,       ///< the machine ran on: what was written is there
  power_loss,   ///< only what was synced is certain
};

/// What an orderly stop notes of a log so that the next run sees without opening it whether it has to roll or to lose old records.
/// -1 = not known: then it has to be opened.
struct AtRest {
  /// Of all segments, and of the oldest one.
  std::int64_t bytes = -1;
  std::int64_t oldest_bytes = -1;
  /// Time of the oldest segment's newest record.
  std::int64_t oldest_ms = -1;
  /// When the active segment got its first batch; INT64_MAX when it has none.
  std::int64_t active_since_ms = -1;
  friend bool operator==(const AtRest&, const AtRest&) = default;
};

/// One partition's line of the manifest. It never claims more than what is true: recovery checks everything behind it.
struct ManifestEntry {
  TopicId topic_id;
  std::int32_t partition = 0;
  LeaderEpoch leader_epoch{0};
  Offset log_start{0};
  /// Below this everything is synced.
  Offset recovery_point{0};
  /// Below this everything had been written during the boot named by boot_hash.
  Offset end{0};
  std::uint64_t boot_hash = 0;
  /// The active segment and its size at `end`; -1 when the log has no segment.
  std::int64_t active_base = -1;
  std::uint32_t active_bytes = 0;
  /// No producer was known at `end` and no transaction was aborted below it, so no snapshot need be looked for.
  bool no_producers = false;
  /// A sync failed since the recovery point: the page cache may hold what the disk does not, and call it clean.
  bool sync_failed = false;
  AtRest at_rest = {};
  /// Where the oldest open transaction begins; -1 when none is open.
  std::int64_t first_unstable = -1;
  friend bool operator==(const ManifestEntry&, const ManifestEntry&) = default;
};

/// What opening one log found and did.
struct LogRecovery {
  std::uint64_t scanned_bytes = 0;
  /// Bytes behind the last whole batch that were cut: a write that a crash interrupted.
  std::uint64_t torn_bytes = 0;
  /// Bytes with whole batches behind a damaged place, saved under damaged/.
  std::uint64_t damaged_bytes = 0;
  std::uint64_t damaged_batches = 0;
  /// Offsets that the manifest vouches for and no file holds any more.
  std::int64_t missing_offsets = 0;
  /// Indexes, snapshots, epoch files and headers made anew from the segments.
  std::uint32_t rebuilt_files = 0;
  /// Something was cut after a power loss, and the leader epoch was raised therefore.
  bool epoch_raised = false;
};

}  // namespace streamline::storage
