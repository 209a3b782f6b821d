// Submitting work, and taking it back on the reactor.
#include "broker/pool_lane.h"

#include <utility>

#include "broker/broker.h"
#include "broker/shard.h"

namespace streamline::broker {

bool PoolLane::reserve(const PoolWork& work) {
  if (bytes_ + work.bytes() > kMaxBytes) return false;
  bytes_ += work.bytes();
  return true;
}

bool PoolLane::start(std::unique_ptr<PoolWork> work) {
  if (!reserve(*work)) return false;
  shard_.broker().pool().submit([this, work = std::move(work)]() mutable {
    work->run(shard_.broker());
    shard_.deliver([this, work = std::move(work)]() mutable { complete(std::move(work)); });
  });
  return true;
}

bool PoolLane::start_in_order(std::unique_ptr<PoolWork> work) {
  if (!reserve(*work)) return false;
  in_order_.push_back(std::move(work));
  if (in_order_.size() == 1) run_first();
  return true;
}

void PoolLane::run_first() {
  PoolWork* const work = in_order_.front().get();
  shard_.broker().pool().submit([this, work] {
    work->run(shard_.broker());
    shard_.deliver([this] { complete_first(); });
  });
}

void PoolLane::complete_first() {
  std::unique_ptr<PoolWork> work = std::move(in_order_.front());
  in_order_.pop_front();
  complete(std::move(work));
  if (!in_order_.empty()) run_first();
}

void PoolLane::complete(std::unique_ptr<PoolWork> work) {
  bytes_ -= work->bytes();
  work->complete(shard_);
  completed_.push_back(std::move(work));
}

}  // namespace streamline::broker
