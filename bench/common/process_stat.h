// What the kernel says about a process: CPU time and resident memory.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace streamline::bench {

struct ProcessStat {
  double cpu_seconds = 0;  ///< user plus system, all threads; the kernel counts it in 10 ms steps
  std::int64_t resident_bytes = 0;
};

/// From /proc/<pid>/stat; Errc::not_found when there is no such process.
Result<ProcessStat> read_process_stat(int pid);
/// This process, exact to microseconds.
double own_cpu_seconds();

}  // namespace streamline::bench
