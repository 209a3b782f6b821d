// Latency from the moment a record was due to be produced until a waiting consumer holds it.
#pragma once

#include "common/batch.h"
#include "common/histogram.h"
#include "wire_load/admin.h"

namespace streamline::bench {

struct EndToEndOptions {
  Server server;
  std::string topic;   ///< fresh, one partition
  double rate = 1000;  ///< Produce requests per second
  double warmup_seconds = 1;
  double seconds = 5;
  int server_pid = 0;
};

struct EndToEndOutcome {
  std::int64_t requests = 0;
  std::int64_t records = 0;
  double seconds = 0;
  double server_cpu_seconds = 0;
  Histogram acknowledged;  ///< due until the acknowledgement
  Histogram delivered;     ///< due until the consumer has the batch
};

/// One producer and one long-polling consumer, in one thread over two connections.
Result<EndToEndOutcome> run_end_to_end(const EndToEndOptions& options, const Batch& batch);

}  // namespace streamline::bench
