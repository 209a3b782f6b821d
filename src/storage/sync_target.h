// SyncTarget: the files that one sync of a log goes over, and what is durable afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "fs/file.h"

namespace streamline::storage {

class SyncTarget {
 public:
  /// Syncs the rolled files first, then the active one, so that nothing later is durable before anything earlier.
  /// Any thread, without a lock; allocates nothing.
  Status run() const;
  /// Everything below this is durable after run() succeeded.
  Offset up_to() const { return up_to_; }
  /// Nothing to sync: run() does nothing.
  bool empty() const { return active_ == nullptr; }

 private:
  friend class Log;
  std::vector<std::shared_ptr<fs::File>> rolled_;  // empty but after a roll
  std::shared_ptr<fs::File> active_;
  Offset active_base_{0};
  Offset up_to_{0};
  std::uint64_t appended_bytes_ = 0;
};

}  // namespace streamline::storage
