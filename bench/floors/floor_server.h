// The raw epoll server under the produce and fetch floors: accept, receive whole frames, hand them to a handler, send what it answered.
// Nothing else: no limits, no topics, no recovery. It is the denominator, not a broker.
#pragma once

#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "common/sockets.h"

namespace streamline::bench {

/// One per thread. Answers a frame (without its size field) either by appending to `out`, which is sent once per turn and connection,
/// or by writing to the (blocking) socket itself.
class FloorHandler {
 public:
  virtual ~FloorHandler() = default;
  virtual Status handle(int socket, ByteView frame, std::vector<std::byte>& out) = 0;
};

struct FloorOptions {
  std::uint16_t port = 0;  ///< 0: a free one
};

/// Serves until the process is ended or a handler fails; prints "listening PORT" first. One thread per handler; connections go round.
Status serve_floor(const FloorOptions& options, const std::vector<std::unique_ptr<FloorHandler>>& handlers);

}  // namespace streamline::bench
