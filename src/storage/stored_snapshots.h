// StoredSnapshots: the producer snapshots that a start finds beside a log's segments. Belongs to the thread that recovers the log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "fs/file_system.h"
#include "storage/producer_state.h"

namespace streamline::storage {

class StoredSnapshots {
 public:
  struct Found {
    Offset offset;
    ProducerTable table;
    TransactionSnapshot transactions;
  };

  /// Both outlive it.
  StoredSnapshots(fs::FileSystem& file_system, const std::string& directory) : fs_(file_system), directory_(directory) {}

  /// A file that is there; in rising order.
  void add(Offset offset) { offsets_.push_back(offset); }
  const std::vector<Offset>& offsets() const { return offsets_; }
  /// Files that were removed because they were damaged: left there they would pass for ones that tell of producers.
  std::uint32_t damaged() const { return damaged_; }

  /// The newest whole one of an offset in [from, up_to]. Errors: unsupported (another version), io and whatever else keeps a file from
  /// being read today: it may be all that tells of a producer.
  Result<std::optional<Found>> newest(Offset from, Offset up_to);
  /// Removes those behind the log's end, durably: they would be believed once the log has grown over them again.
  Status drop_behind(Offset log_end);

 private:
  Result<std::optional<Found>> read(Offset offset);
  std::string path(Offset offset) const;

  fs::FileSystem& fs_;
  const std::string& directory_;
  std::vector<Offset> offsets_;
  std::uint32_t damaged_ = 0;
};

}  // namespace streamline::storage
