// How many small durable writes a second the disk takes over several files at once: the floor of "sync per ack".
//   parallel_fdatasync [--files 1] [--mode append|prewritten] [--bytes 4096] [--seconds 1] [--dir .]
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "common/flags.h"
#include "common/histogram.h"
#include "common/prewritten.h"
#include "common/sockets.h"

namespace streamline::bench {
namespace {

struct Options {
  std::int64_t bytes = 4096;
  double seconds = 1;
  bool prewritten = false;
  std::string dir;
};

struct Outcome {
  Status status;
  std::vector<std::int64_t> times_ns;
};

Status write_at(const Fd& file, const std::vector<std::byte>& block, off_t position) {
  if (::pwrite(file.get(), block.data(), block.size(), position) != static_cast<ssize_t>(block.size())) return fail_errno(errno, "pwrite");
  return {};
}

Status sync_until(const Fd& file, const Options& options, std::int64_t end_ns, std::vector<std::int64_t>& times_ns) {
  const std::vector<std::byte> block(static_cast<std::size_t>(options.bytes), std::byte{'x'});
  off_t position = 0;
  for (std::int64_t start = now_ns(); start < end_ns; start = now_ns()) {
    if (auto written = write_at(file, block, position); !written) return written;
    if (::fdatasync(file.get()) != 0) return fail_errno(errno, "fdatasync");
    times_ns.push_back(now_ns() - start);
    position += options.bytes;
    if (options.prewritten && position + options.bytes > kPrewrittenBytes) position = 0;
  }
  return {};
}

Status run(int argc, char** argv) {
  Flags flags(argc, argv);
  const std::int64_t file_count = flags.number("files", 1);
  const std::string mode = flags.text("mode", "append");
  const Options options{.bytes = flags.number("bytes", 4096),
                        .seconds = flags.real("seconds", 1),
                        .prewritten = mode == "prewritten",
                        .dir = flags.text("dir", ".")};
  if (auto good = flags.check(); !good) return good;
  if (mode != "append" && mode != "prewritten") return fail(Errc::invalid_argument, "--mode is append or prewritten");

  std::vector<Fd> files;
  for (std::int64_t i = 0; i < file_count; ++i) {
    files.emplace_back(::open(options.dir.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
    if (!files.back().valid()) return fail_errno(errno, "open a temporary file in " + options.dir);
    if (!options.prewritten) continue;
    if (auto written = prewrite(files.back()); !written) return written;
  }
  std::vector<Outcome> outcomes(files.size());
  std::vector<std::thread> threads;
  const std::int64_t end_ns = now_ns() + seconds_to_ns(options.seconds);
  for (std::size_t i = 0; i < files.size(); ++i) {
    threads.emplace_back([&, i] { outcomes[i].status = sync_until(files[i], options, end_ns, outcomes[i].times_ns); });
  }
  for (std::thread& thread : threads) thread.join();

  Histogram times;
  for (const Outcome& outcome : outcomes) {
    if (!outcome.status) return outcome.status;
    for (const std::int64_t time : outcome.times_ns) times.record(time);
  }
  fmt::print("{{\"files\":{},\"mode\":\"{}\",\"syncs_per_s\":{:.0f},\"latency_us\":{}}}\n", files.size(), mode,
             static_cast<double>(times.count()) / options.seconds, times.to_json());
  return {};
}

}  // namespace
}  // namespace streamline::bench

int main(int argc, char** argv) {
  const auto ended = streamline::bench::run(argc, argv);
  return ended ? 0 : streamline::bench::report_failure("parallel_fdatasync", ended.error());
}
