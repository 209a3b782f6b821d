// TransactionRecovery: what a start finds out about a log's transactions: those that are open, and those that were aborted. It believes a
// snapshot of the producers whose word about the indexes of aborted transactions is what their files say, and takes the rest from the
// batches behind it. Where none agrees, because files are missing, torn or another log's past, it takes everything from the batches.
// Belongs to the thread that recovers the log.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "fs/file_system.h"
#include "storage/aborted_index.h"
#include "storage/batch_scanner.h"
#include "storage/open_transactions.h"
#include "storage/segment.h"
#include "storage/stored_snapshots.h"

namespace streamline::storage {

class TransactionRecovery {
 public:
  using Segments = std::span<const std::shared_ptr<Segment>>;

  /// Both outlive it.
  TransactionRecovery(fs::FileSystem& file_system, const std::string& directory) : fs_(file_system), directory_(directory) {}

  /// An index file that is there.
  void add_file(Offset base) { files_.insert(base); }
  /// Chooses among `newest` and those before it. Errors: io and whatever else keeps a file from being read today.
  Status load(Segments segments, StoredSnapshots& snapshots, const StoredSnapshots::Found& newest);
  /// Nothing is known of what lies before `offset`.
  void start_at(Offset offset);
  /// Batches from here on are to be taken; lower than the snapshot's offset when its word does not hold.
  Offset from() const { return from_; }
  /// The next batch, which lies in `file`.
  Status take(const ScannedBatch& batch, const fs::File& file);
  /// What was told does not hold: the log begins anew, with these.
  void reset(const TransactionSnapshot& known);
  /// Makes the files of complete segments say what is known now, durably, and removes those of segments that are not there.
  /// Answers how many were made anew.
  Result<std::uint32_t> settle(Segments segments);

  OpenTransactions transactions;
  AbortedIndex aborted;
  const std::set<Offset>& files() const { return files_; }

 private:
  Status read_files(Segments segments);
  bool holds(const TransactionSnapshot& snapshot, Offset first, Offset offset) const;
  void restore(const TransactionSnapshot& snapshot, Offset offset);
  std::string path(Offset base) const;

  fs::FileSystem& fs_;
  const std::string& directory_;
  std::set<Offset> files_;
  std::map<Offset, AbortedRange> read_;  // what each file holds, by its base
  AbortedIndex told_;                    // by all files
  Offset from_{0};
};

}  // namespace streamline::storage
