// The server: flags, configuration, one instance, its life. Exit codes are in README.md.
#include <sys/resource.h>

#include <cstdio>

#include "base/build_stamp.h"
#include "base/log.h"
#include "config/loader.h"
#include "config/log_settings.h"
#include "embedded/instance.h"
#include "main/commands.h"
#include "main/exit_code.h"
#include "main/flags.h"
#include "main/run.h"
#include "main/signals.h"
#include "main/standard_streams.h"

namespace {

using namespace streamline;
using main_program::ExitCode;
using main_program::Flags;

int exit_with(ExitCode code) { return static_cast<int>(code); }

/// Connections and segments each take a descriptor: use what the system allows.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) log::warn("server", "the limit of open files could not be raised");
}

/// The last line of a start, and what whoever started it waits for. Gives the addresses.
std::string tell_ready(embedded::Instance& instance, const Flags& flags, std::int64_t started_ms) {
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
  if (flags.print_env) {
    std::printf("BROKERS=%s\n", brokers.c_str());
    std::fflush(stdout);
  }
  return brokers;
}

struct Surroundings {
  const Flags& flags;
  main_program::Reload& reload;
  int signals;
  std::int64_t started_ms;
};

/// Starts, serves and ends.
ExitCode serve(config::Properties properties, const Surroundings& around) {
  const Flags& flags = around.flags;
  main_program::ServiceLink service;
  auto sockets = main_program::handed_over_sockets(main_program::listener_names(properties));
  if (!sockets) {
    log::error("server", "cannot start: {}", sockets.error().text);
    return ExitCode::listening;
  }
  service.status("opening the data directory");
  const std::string data_dir = properties.string("log.dirs");
  auto instance =
      embedded::Instance::start({.properties = std::move(properties),
                                 .keep = flags.in_memory || flags.ephemeral ? embedded::Keep::in_memory : embedded::Keep::on_disk,
                                 .inherited = *std::move(sockets)});
  if (!instance) {
    log::error("server", "cannot start: {}{}", instance.error().error.text, main_program::advice(instance.error(), data_dir));
    return main_program::exit_code(instance.error());
  }
  service.ready("serving " + tell_ready(**instance, flags, around.started_ms));
  return main_program::run_until_end({.instance = **instance,
                                      .flags = flags,
                                      .reload = around.reload,
                                      .service = service,
                                      .signals = around.signals,
                                      .started_ms = around.started_ms});
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t started_ms = SystemClock().monotonic_ms();
  if (!main_program::hold_standard_streams()) return exit_with(ExitCode::io);
  // First of all: until then a signal ends the process without a word. A command is ended by signals as any other program is.
  if (const auto end = main_program::run_command(argc, argv)) return *end;
  const int signals = main_program::take_signals();
  Flags flags;
  if (const auto end = main_program::parse_flags(argc, argv, flags)) return *end;
  raise_descriptor_limit();

  const config::LoadRequest request = main_program::load_request(flags);
  auto loaded = config::load(request);
  if (!loaded) {
    std::fprintf(stderr, "streamline: %s\n", loaded.error().text.c_str());
    return exit_with(ExitCode::configuration);
  }
  if (const auto settings = config::log_settings(loaded->properties)) {
    config::apply_levels(*settings);
    config::apply_rest(*settings);
  }
  for (const std::string& warning : loaded->warnings) log::warn("config", "{}", warning);
  main_program::Reload reload(request, loaded->properties);
  return exit_with(serve(std::move(loaded->properties), {.flags = flags, .reload = reload, .signals = signals, .started_ms = started_ms}));
}
