// OutgoingPool: responses kept for reuse, so that filling one allocates nothing once things run. Belongs to one reactor.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "net/outgoing.h"

namespace streamline::net {

class OutgoingPool {
 public:
  /// Keeps responses whose memory is at most `keep_bytes` together.
  explicit OutgoingPool(std::size_t keep_bytes) : keep_bytes_(keep_bytes) {}

  std::unique_ptr<Outgoing> take();
  void give_back(std::unique_ptr<Outgoing> outgoing);
  std::size_t bytes_kept() const { return bytes_kept_; }

 private:
  static constexpr std::size_t kMostKept = 1024;

  std::size_t keep_bytes_;
  std::size_t bytes_kept_ = 0;
  std::vector<std::unique_ptr<Outgoing>> kept_;
};

}  // namespace streamline::net
