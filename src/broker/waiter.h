// Waiter: something on one reactor that waits until the visible end of a partition moves, or the partition goes away.
// WaiterTable: all waiters of one reactor, found by partition. Both belong to their reactor's thread.
#pragma once

#include <cstdint>
#include <deque>

#include "base/intrusive_list.h"

namespace streamline::broker {

class Partition;

class Waiter : public ListHook {
 public:
  /// `bytes` became visible (0 when only the state changed: closed, failed). Must not destroy other waiters.
  virtual void on_progress(std::int64_t bytes) = 0;

 protected:
  ~Waiter() = default;
};

class WaiterTable {
 public:
  explicit WaiterTable(int reactor_index) : reactor_index_(reactor_index) {}

  /// From now on the partition tells this reactor of progress. Whoever adds a waiter looks at the partition once more afterwards:
  /// progress between the first look and add() was not told.
  void add(Partition& partition, Waiter& waiter);
  /// Tells every waiter of that partition. When none is left the partition stops telling.
  void progress(Partition& partition, std::int64_t bytes);

 private:
  const int reactor_index_;
  // By Partition::number(); a deque because list heads must not move.
  std::deque<IntrusiveList<Waiter>> lists_;
};

}  // namespace streamline::broker
