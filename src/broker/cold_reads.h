// ColdReads: the fetches of one reactor that wait while the pool brings into memory what they are going to read, so that the reactor
// never sleeps on a disk (architecture.md 4.6). Belongs to its reactor's thread but where said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/ids.h"

namespace streamline::broker {

class FetchOp;
class Partition;
class Shard;

/// One partition's bytes that a fetch wants.
struct ColdRead {
  std::shared_ptr<Partition> partition;
  Offset from;
  Offset up_to;
  std::size_t max_bytes = 0;
};

class ColdReads {
 public:
  explicit ColdReads(Shard& shard) : shard_(shard) {}

  /// Reads all of it on the pool, then calls op.on_warm(), unless forget() was called before. Not 0.
  std::uint64_t start(FetchOp& op, std::vector<ColdRead> reads);
  /// That fetch does not wait any more. The pool finishes what it is at.
  void forget(std::uint64_t ticket) { waiting_.erase(ticket); }
  /// The pool has done its part.
  void done(std::uint64_t ticket);
  std::size_t size() const { return waiting_.size(); }

 private:
  Shard& shard_;
  std::uint64_t last_ticket_ = 0;
  std::unordered_map<std::uint64_t, FetchOp*> waiting_;
};

}  // namespace streamline::broker
