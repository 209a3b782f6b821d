// PoolLane: one reactor's way to the pool and back. Belongs to its reactor's thread.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "broker/pool_work.h"

namespace streamline::broker {

/// Why a client whose work does not fit there is cut off.
inline constexpr std::string_view kPoolIsFull = "too many bytes of requests wait for the pool";

class PoolLane {
 public:
  /// Bytes that may be away for one reactor.
  static constexpr std::size_t kMaxBytes = 128 * 1024 * 1024;

  explicit PoolLane(Shard& shard) : shard_(shard) {}
  PoolLane(const PoolLane&) = delete;
  PoolLane& operator=(const PoolLane&) = delete;

  /// Runs beside other work. False when too many bytes are away already; the work is dropped then.
  [[nodiscard]] bool start(std::unique_ptr<PoolWork> work);
  /// As start(), but one after the other: a work runs when the one before it has been completed.
  [[nodiscard]] bool start_in_order(std::unique_ptr<PoolWork> work);
  /// Destroys what was completed.
  void end_of_turn() { completed_.clear(); }

 private:
  bool reserve(const PoolWork& work);
  void complete(std::unique_ptr<PoolWork> work);
  void run_first();
  void complete_first();

  Shard& shard_;
  std::size_t bytes_ = 0;
  /// The first one is on the pool; it stays here meanwhile, because the shard outlives the pool's jobs.
  std::deque<std::unique_ptr<PoolWork>> in_order_;
  std::vector<std::unique_ptr<PoolWork>> completed_;
};

}  // namespace streamline::broker
