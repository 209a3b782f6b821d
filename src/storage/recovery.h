// Opening a log: what the manifest vouches for is believed, what lies behind it is read with its CRCs, what does not hold is cut.
// The same way serves every kind of stop; only the point from which everything is read differs (architecture section 7).
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/wall_time.h"
#include "fs/file_system.h"
#include "storage/epoch_cache.h"
#include "storage/layout.h"
#include "storage/log_options.h"
#include "storage/log_state.h"
#include "storage/producer_state.h"
#include "storage/segment.h"

namespace streamline::storage {

struct RecoveryInput {
  LogIdentity identity;
  LogOptions options;
  std::optional<ManifestEntry> entry;
  LastStop last_stop = LastStop::first_start;
  /// This boot's; 0 = unknown, equal to none.
  std::uint64_t boot_hash = 0;
  WallTime now;
  /// Where removed bytes are kept.
  std::string damaged_directory;
  /// Rises with what is read and checked; null = nobody watches.
  std::atomic<std::uint64_t>* scanned_bytes = nullptr;
};

struct RecoveredLog {
  /// Complete ones, then the active one; empty for a log without files.
  std::vector<std::shared_ptr<Segment>> segments;
  Offset log_start{0};
  Offset log_end{0};
  Offset synced_end{0};
  /// What the manifest says.
  Offset recovery_point{0};
  EpochCache epochs;
  LeaderEpoch leader_epoch{0};
  ProducerTable producers;
  OpenTransactions transactions;
  AbortedIndex aborted;
  /// Bases of the segments that have an index of them beside.
  std::set<Offset> aborted_files;
  /// Offsets of the producer snapshots that are there.
  std::vector<Offset> snapshots;
  /// The one of them that a power loss has left whole.
  std::optional<Offset> durable_snapshot;
  LogRecovery recovery;
};

/// Leaves the directory as a log that was never interrupted would have it. A crash meanwhile is recovered by the next call.
/// Errors: conflict (files of another topic), io, too_many_files ...
Result<RecoveredLog> recover_log(const std::shared_ptr<OpenFiles>& files, const RecoveryInput& input);

}  // namespace streamline::storage
