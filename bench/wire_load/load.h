// The load itself: connections that replay requests, either as fast as answers come (closed loop) or at a set rate (open loop).
#pragma once

#include <span>

#include "common/histogram.h"
#include "wire_load/admin.h"
#include "wire_load/connection.h"

namespace streamline::bench {

struct LoadOptions {
  Server server;
  std::int64_t connections = 1;
  std::int64_t depth = 5;        ///< closed loop: requests in flight on each connection
  double rate = 0;               ///< open loop: requests per second over all connections; 0 is the closed loop
  double warmup_seconds = 0.5;   ///< not counted
  double seconds = 3;            ///< counted at most this long …
  std::int64_t requests = 0;     ///< … or so many requests, whichever comes first; 0 is no limit
  int server_pid = 0;            ///< 0: the server's CPU is not asked for
  std::int64_t touch_bytes = 0;  ///< page cache to fill and free right before, so that the server's writes find warm pages
  std::string touch_dir = ".";   ///< where; on the server's disk
};

struct LoadOutcome {
  std::int64_t requests = 0;
  std::int64_t records_bytes = 0;  ///< that Fetch answers carried
  double seconds = 0;
  double server_cpu_seconds = 0;
  double client_cpu_seconds = 0;
  std::int64_t server_resident_bytes = 0;
  /// Open loop: from the moment a request was due, so a stalled server is charged for every request it held up
  /// (no coordinated omission). Closed loop: from the moment it was sent.
  Histogram latency;
};

/// Connection i sends requests i, i + connections, … and starts again at the end, so with as many requests as connections each keeps
/// to its own. Fails at the first error code, lost connection or wrong answer.
Result<LoadOutcome> run_load(const LoadOptions& options, std::span<const Request> requests);

}  // namespace streamline::bench
