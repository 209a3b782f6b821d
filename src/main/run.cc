// Waiting for signals and ending in order.
#include "main/run.h"

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "base/log.h"
#include "main/signals.h"
#include "main/state.h"

namespace streamline::main_program {

namespace {

constexpr std::int64_t kEphemeralDrainMs = 1000;
constexpr int kLookMs = 100;  // how soon a second signal, or the end of the drain, is noticed

enum class Wake { signal, input_closed };

bool is_end(int signal) { return signal == SIGTERM || signal == SIGINT; }

void handle(const Running& running, int signal) {
  if (signal == SIGHUP) {
    running.service.reloading();
    running.reload.run(running.instance);
    running.service.ready("serving");
  }
  if (signal == SIGUSR1) log_state(running.instance, SystemClock().monotonic_ms() - running.started_ms);
}

/// Tells the watchdog that it lives, unless a reactor is stuck: then the service's patience runs out.
void show_life(const Running& running) {
  if (running.instance.server().turns_since_last_asked()) return running.service.alive();
  log::error("server", "an event loop has not turned since the last sign of life interval_ms={}", running.service.sign_of_life_ms());
}

Wake wait_for_end(const Running& running) {
  const bool watch_input = running.flags.ephemeral && running.flags.print_env;
  const std::int64_t interval_ms = running.service.sign_of_life_ms();
  const SystemClock clock;
  std::int64_t next_sign_ms = clock.monotonic_ms();
  while (true) {
    if (interval_ms > 0 && clock.monotonic_ms() >= next_sign_ms) {
      show_life(running);
      next_sign_ms += interval_ms;
    }
    const std::int64_t wait_ms = interval_ms > 0 ? std::max<std::int64_t>(next_sign_ms - clock.monotonic_ms(), 0) : -1;
    pollfd waits[2] = {{.fd = running.signals, .events = POLLIN, .revents = 0},
                       {.fd = watch_input ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}};
    if (poll(waits, 2, static_cast<int>(wait_ms)) < 0) continue;
    if (waits[0].revents != 0) {
      const std::optional<int> signal = next_signal(running.signals);
      if (signal && is_end(*signal)) return Wake::signal;
      if (signal) handle(running, *signal);
    }
    char ignored[256];
    if (waits[1].revents != 0 && read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0) return Wake::input_closed;
  }
}

/// A second signal cuts what is left; until then the watchdog hears that this takes time.
void watch_drain(const Running& running, const std::stop_token& done) {
  while (!done.stop_requested()) {
    pollfd wait{.fd = running.signals, .events = POLLIN, .revents = 0};
    const bool has_signal = poll(&wait, 1, kLookMs) > 0;
    if (running.service.sign_of_life_ms() > 0) running.service.alive();
    if (!has_signal || done.stop_requested()) continue;
    const std::optional<int> signal = next_signal(running.signals);
    if (signal && is_end(*signal)) return running.instance.stop_now();
  }
}

}  // namespace

ExitCode run_until_end(const Running& running) {
  const Wake why = wait_for_end(running);
  log::info("server", "stopping: connections are drained, a second signal ends at once cause={}",
            why == Wake::signal ? "signal" : "standard input closed");
  running.service.stopping();
  std::jthread second([&running](const std::stop_token& done) { watch_drain(running, done); });
  const Status stopped = running.instance.stop(running.flags.ephemeral ? kEphemeralDrainMs : running.instance.config().drain_timeout_ms);
  if (!stopped && stopped.error().code != Errc::timed_out) {
    log::error("server", "stopped with an error cause={}", stopped.error().text);
    return ExitCode::io;
  }
  log::info("server", "stopped");
  return ExitCode::ok;
}

}  // namespace streamline::main_program
