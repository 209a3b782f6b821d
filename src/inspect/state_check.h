// StateCheck: a partition's epochs file, producer snapshots and indexes of aborted transactions, held against what its batches say.
// Belongs to one thread.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/wall_time.h"
#include "fs/file_system.h"
#include "inspect/check_report.h"
#include "storage/aborted_index.h"
#include "storage/epoch_cache.h"
#include "storage/producer_state.h"

namespace streamline::inspect {

class StateCheck {
 public:
  StateCheck(fs::FileSystem& file_system, CheckReport& report, std::string directory)
      : fs_(file_system), report_(report), directory_(std::move(directory)) {}

  /// Reads the files; these are the offsets in the names of those that are there, ascending.
  void load(const std::vector<Offset>& snapshots, const std::vector<Offset>& aborted);
  /// Every batch of the log in order.
  void take(const record::BatchHeader& header, ByteView batch, WallTime now);
  /// After the last one.
  void finish(Offset log_end);
  /// Files that must go for the broker to make them anew.
  const std::vector<std::string>& wrong_files() const { return wrong_; }

 private:
  struct EpochSpan {
    LeaderEpoch epoch;
    Offset first;
    Offset last;
  };
  struct LoadedSnapshot {
    std::string path;
    Offset offset;
    storage::ProducerTable table;
  };
  struct LoadedAborted {
    std::string path;
    storage::AbortedIndex index;
  };
  struct Abort {
    Offset offset;
    ProducerId producer_id;
  };
  void load_epochs();
  void load_aborted(Offset base);
  void compare_aborted();
  void compare_up_to(Offset offset);
  void compare(const LoadedSnapshot& snapshot);
  void compare_epochs();
  void wrong(Finding finding);

  fs::FileSystem& fs_;
  CheckReport& report_;
  const std::string directory_;
  enum class EpochsFile : std::uint8_t { missing, unreadable, loaded } epochs_file_ = EpochsFile::missing;
  storage::EpochCache epochs_;
  std::vector<EpochSpan> spans_;
  std::vector<LoadedSnapshot> snapshots_;
  std::size_t compared_ = 0;
  storage::ProducerTable replayed_;
  std::vector<LoadedAborted> aborted_;
  std::vector<Abort> aborts_;  // markers in the log
  std::vector<std::string> wrong_;
};

}  // namespace streamline::inspect
