// The state of the whole broker in a few lines.
#include "main/state.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/build_stamp.h"
#include "base/log.h"
#include "broker/topic_partitions.h"

namespace streamline::main_program {

namespace {

void put(std::string_view text) { log::write(log::Level::info, "server", fmt::format("state {}", text)); }

/// Resident memory in KiB; 0 where the kernel does not tell.
std::uint64_t resident_kib() {
  struct Close {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }  // only read: nothing can be lost
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen("/proc/self/statm", "re"));
  unsigned long long whole = 0;
  unsigned long long resident = 0;
  if (file == nullptr || std::fscanf(file.get(), "%llu %llu", &whole, &resident) != 2) return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

std::size_t open_descriptors() {
  DIR* directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  std::size_t count = 0;
  while (::readdir(directory) != nullptr) ++count;
  static_cast<void>(::closedir(directory));        // only read: nothing can be lost
  return count - std::min<std::size_t>(count, 3);  // itself, and the two dots
}

std::string_view word_of(broker::DiskGuard::Level level) {
  switch (level) {
    case broker::DiskGuard::Level::fine: return "fine";
    case broker::DiskGuard::Level::low: return "low";
    case broker::DiskGuard::Level::full: return "full";
  }
  return "?";
}

void put_process(embedded::Instance& instance, std::int64_t up_ms) {
  rusage used = {};
  rlimit descriptors = {};
  static_cast<void>(::getrusage(RUSAGE_SELF, &used));  // both fail for unknown names only
  static_cast<void>(::getrlimit(RLIMIT_NOFILE, &descriptors));
  put(fmt::format("version={} pid={} up_s={} cpu_s={} resident_kib={} memory_limit={} descriptors={} descriptor_limit={}",
                  build_stamp().version, ::getpid(), up_ms / 1000, used.ru_utime.tv_sec + used.ru_stime.tv_sec, resident_kib(),
                  instance.config().memory_limit_bytes, open_descriptors(), descriptors.rlim_cur));
}

void put_data(embedded::Instance& instance) {
  std::size_t partitions = 0;
  std::int64_t records = 0;
  const auto topics = instance.broker().catalog().snapshot();
  topics->for_each([&](const catalog::Topic& topic) {
    for (const auto& partition : broker::partitions_of(topic).partitions) {
      ++partitions;
      records += partition->log().log_end().value - partition->log().log_start().value;
    }
  });
  const auto free_bytes = instance.broker().free_bytes();
  put(fmt::format("data={} topics={} partitions={} offsets={} disk={} free_bytes={}",
                  instance.config().in_memory ? "(memory)" : instance.config().data_dir, topics->size(), partitions, records,
                  word_of(instance.broker().disk().level()), free_bytes ? fmt::format("{}", *free_bytes) : "unknown"));
}

void put_network(embedded::Instance& instance) {
  server::Server& server = instance.server();
  put(fmt::format("connections={} refused={} reactors={}", server.connection_count(), server.quota().refused(), server.reactor_count()));
  for (int i = 0; i < server.reactor_count(); ++i) {
    const net::ReactorCounters& counters = server.reactor(i).counters();
    put(fmt::format("reactor={} opened={} closed={} closed_idle={} frames={} refused_frames={} bytes_in={} bytes_out={} turns={}", i,
                    counters.opened.value(), counters.closed.value(), counters.closed_idle.value(), counters.frames.value(),
                    counters.refused_frames.value(), counters.bytes_in.value(), counters.bytes_out.value(), counters.turns.value()));
  }
}

}  // namespace

void log_state(embedded::Instance& instance, std::int64_t up_ms) {
  put_process(instance, up_ms);
  put_data(instance);
  put_network(instance);
}

}  // namespace streamline::main_program
