// StateCheck: a partition's epochs file and producer snapshots, held against what its batches say. Belongs to one thread.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/wall_time.h"
#include "fs/file_system.h"
#include "inspect/check_report.h"
#include "storage/epoch_cache.h"
#include "storage/producer_state.h"

namespace streamline::inspect {

class StateCheck {
 public:
  StateCheck(fs::FileSystem& file_system, CheckReport& report, std::string directory)
      : fs_(file_system), report_(report), directory_(std::move(directory)) {}

  /// Reads the files; `snapshots` are the offsets in the names of those that are there, ascending.
  void load(const std::vector<Offset>& snapshots);
  /// Every batch of the log in order.
  void take(const record::BatchHeader& header, WallTime now);
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
  void load_epochs();
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
  std::vector<std::string> wrong_;
};

}  // namespace streamline::inspect
