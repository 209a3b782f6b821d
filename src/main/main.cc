// The server: flags, configuration, one instance, signals. Exit codes are in README.md.
#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <thread>

#include "base/build_stamp.h"
#include "base/log.h"
#include "config/loader.h"
#include "embedded/instance.h"
#include "main/commands.h"
#include "main/exit_code.h"
#include "main/flags.h"

namespace {

using namespace streamline;
using main_program::ExitCode;
using main_program::Flags;

constexpr std::int64_t kEphemeralDrainMs = 1000;

int exit_with(ExitCode code) { return static_cast<int>(code); }

/// Both signals are taken by a descriptor, so that no thread is interrupted. Must run before any thread starts.
int block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

/// Connections and segments each take a descriptor: use what the system allows.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) log::warn("server", "the limit of open files could not be raised");
}

void tell_ready(embedded::Instance& instance, const Flags& flags, std::int64_t started_ms) {
  std::string addresses;
  std::string brokers;
  for (const auto& listener : instance.listeners()) {
    addresses += (addresses.empty() ? "" : ",") + listener.name + "://" + listener.address.to_string();
    brokers += (brokers.empty() ? "" : ",") + listener.address.to_string();
    if (listener.address.is_loopback()) continue;
    log::warn("server", "anybody who reaches {} may read and write: there is no authentication yet", listener.address.to_string());
  }
  const auto& config = instance.config();
  const auto recovery = instance.broker().recovery();
  if (recovery.logs_cut > 0) {
    log::warn("storage", "recovered after an unclean stop logs={} cut={}", recovery.logs_opened, recovery.logs_cut);
  }
  log::info("server", "ready version={} listeners={} data={} durability={} start_ms={}", build_stamp().version, addresses,
            config.in_memory ? "(memory)" : config.data_dir, config.in_memory ? "none" : config::to_string(config.durability),
            SystemClock().monotonic_ms() - started_ms);
  if (!flags.print_env) return;
  std::printf("BROKERS=%s\n", brokers.c_str());
  std::fflush(stdout);
}

enum class Wake { signal, input_closed };

/// Waits for a signal, or for the end of standard input where that is asked for.
Wake wait_for_end(int signals, bool watch_input) {
  pollfd waits[2] = {{.fd = signals, .events = POLLIN, .revents = 0},
                     {.fd = watch_input ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}};
  while (true) {
    if (poll(waits, 2, -1) < 0) continue;
    if (waits[0].revents != 0) {
      signalfd_siginfo taken;
      if (read(signals, &taken, sizeof(taken)) == sizeof(taken)) return Wake::signal;
    }
    char ignored[256];
    if (waits[1].revents != 0 && read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0) return Wake::input_closed;
  }
}

int serve(embedded::Instance& instance, const Flags& flags, int signals) {
  const Wake why = wait_for_end(signals, flags.ephemeral && flags.print_env);
  log::info("server", "stopping cause={} connections are drained, a second signal ends at once",
            why == Wake::signal ? "signal" : "standard input closed");
  std::jthread second([signals, &instance](const std::stop_token& done) {
    while (!done.stop_requested()) {
      pollfd wait{.fd = signals, .events = POLLIN, .revents = 0};
      if (poll(&wait, 1, 100) > 0 && !done.stop_requested()) return instance.stop_now();
    }
  });
  const Status stopped = instance.stop(flags.ephemeral ? kEphemeralDrainMs : instance.config().drain_timeout_ms);
  if (!stopped && stopped.error().code != Errc::timed_out) {
    log::error("server", "stopped with an error cause={}", stopped.error().text);
    return exit_with(ExitCode::io);
  }
  log::info("server", "stopped");
  return exit_with(ExitCode::ok);
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t started_ms = SystemClock().monotonic_ms();
  // First of all: until then a signal ends the process without a word. A command is ended by signals as any other program is.
  if (const auto end = main_program::run_command(argc, argv)) return *end;
  const int signals = block_signals();
  Flags flags;
  if (const auto end = main_program::parse_flags(argc, argv, flags)) return *end;
  raise_descriptor_limit();

  auto loaded = config::load(main_program::load_request(flags));
  if (!loaded) {
    std::fprintf(stderr, "streamline: %s\n", loaded.error().text.c_str());
    return exit_with(ExitCode::configuration);
  }
  main_program::apply_log_settings(loaded->properties);
  for (const std::string& warning : loaded->warnings) log::warn("config", "{}", warning);
  const auto keep = flags.in_memory || flags.ephemeral ? embedded::Keep::in_memory : embedded::Keep::on_disk;
  auto instance = embedded::Instance::start(std::move(loaded->properties), keep);
  if (!instance) {
    log::error("server", "cannot start: {}", instance.error().error.text);
    return exit_with(main_program::exit_code(instance.error()));
  }
  tell_ready(**instance, flags, started_ms);
  return serve(**instance, flags, signals);
}
