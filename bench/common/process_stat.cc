// Reads /proc for process_stat.h.
#include "common/process_stat.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace streamline::bench {

Result<ProcessStat> read_process_stat(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return fail(Errc::not_found, "no process " + std::to_string(pid));
  // The name in parentheses may hold spaces, so fields are counted from the last ')': the next is field 3 of proc(5).
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  const std::vector<std::string> words{std::istream_iterator<std::string>(fields), {}};
  if (words.size() < 22) return fail(Errc::malformed, "short /proc stat line");
  ProcessStat stat;
  const auto ticks = static_cast<double>(std::stoll(words[11]) + std::stoll(words[12]));
  stat.cpu_seconds = ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
  stat.resident_bytes = std::stoll(words[21]) * ::sysconf(_SC_PAGESIZE);
  return stat;
}

double own_cpu_seconds() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace streamline::bench
