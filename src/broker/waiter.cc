// The per-reactor lists of waiters.
#include "broker/waiter.h"

#include "broker/partition.h"

namespace streamline::broker {

void WaiterTable::add(Partition& partition, Waiter& waiter) {
  while (lists_.size() <= partition.number()) lists_.emplace_back();
  lists_[partition.number()].push_back(waiter);
  partition.listen(reactor_index_);
}

void WaiterTable::progress(Partition& partition, std::int64_t bytes) {
  if (lists_.size() <= partition.number()) return;
  auto& list = lists_[partition.number()];
  for (Waiter* waiter = list.front(); waiter != nullptr;) {
    Waiter* following = list.next(*waiter);
    waiter->on_progress(bytes);
    waiter = following;
  }
  if (list.empty()) partition.stop_listening(reactor_index_);
}

}  // namespace streamline::broker
