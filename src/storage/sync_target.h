// SyncTarget: the files that one sync of a log goes over, and what is durable afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "fs/file_system.h"

namespace streamline::storage {

class SyncTarget {
 public:
  /// Syncs the names of the files when that was not done yet, then the rolled files, then the active one, so that nothing later is
  /// durable before anything earlier.
  /// Any thread, without a lock; allocates nothing.
  Status run() const;
  /// Everything below this is durable after run() succeeded.
  Offset up_to() const { return up_to_; }
  /// Nothing to sync: run() does nothing.
  bool empty() const { return active_ == nullptr; }

 private:
  friend class Log;
  fs::FileSystem* fs_ = nullptr;
  std::string directory_;  // empty when the log's names are durable
  std::uint64_t names_made_ = 0;
  std::vector<std::shared_ptr<fs::File>> rolled_;  // empty but after a roll
  std::shared_ptr<fs::File> active_;
  Offset active_base_{0};
  Offset stable_{0};  // below this every transaction had ended by up_to_
  Offset up_to_{0};
  std::uint64_t appended_bytes_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace streamline::storage
