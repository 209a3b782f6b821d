// Keeps responses for reuse within a bound of bytes and of number.
#include "net/outgoing_pool.h"

#include <utility>

namespace streamline::net {

std::unique_ptr<Outgoing> OutgoingPool::take() {
  if (kept_.empty()) return std::make_unique<Outgoing>();
  std::unique_ptr<Outgoing> outgoing = std::move(kept_.back());
  kept_.pop_back();
  bytes_kept_ -= outgoing->capacity();
  return outgoing;
}

void OutgoingPool::give_back(std::unique_ptr<Outgoing> outgoing) {
  outgoing->clear();
  if (kept_.size() == kMostKept || bytes_kept_ + outgoing->capacity() > keep_bytes_) return;
  bytes_kept_ += outgoing->capacity();
  kept_.push_back(std::move(outgoing));
}

}  // namespace streamline::net
