// Asks a broker for its versions, again and again while it may still come up.
#include "main/health_command.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "client/connection.h"
#include "config/listener.h"
#include "config/loader.h"
#include "main/exit_code.h"
#include "main/flags.h"
#include "main/parser.h"
#include "main/print.h"

namespace streamline::main_program {

namespace {

constexpr const char* kFooter =
    R"(Without ADDRESS it asks the broker that the same flags, variables and file would start: the first address it listens on.
A broker listens once its data is recovered and its declared topics are there, so an answer means that it is ready.

Exit codes: 0 it serves, 1 it does not (the line on standard error says why), 64 wrong flag, 78 the configuration is wrong.

Examples:
  streamline health
  streamline health --wait 30s broker.example:9092)";

constexpr std::chrono::milliseconds kPause{50};
constexpr std::chrono::milliseconds kAnswer{5'000};

int exit_with(ExitCode code) { return static_cast<int>(code); }

int refuse(ExitCode code, std::string_view text) {
  print(stderr, "streamline: {}\n", text);
  return exit_with(code);
}

/// "500ms", "10s", "2m", or seconds without a unit.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  constexpr std::int64_t kMost = 24 * 60 * 60;
  if (error != std::errc{} || number < 0 || number > kMost * 1000) return std::nullopt;
  if (unit == "ms") return std::chrono::milliseconds(number);
  if (number > kMost) return std::nullopt;
  if (unit == "s" || unit.empty()) return std::chrono::seconds(number);
  if (unit == "m" && number <= kMost / 60) return std::chrono::minutes(number);
  return std::nullopt;
}

/// An address of this machine for one to listen on: "every address" is reached by the loopback.
client::Address reachable(const config::Listener& listener) {
  const bool any = listener.host.empty() || listener.host == "0.0.0.0";
  return {.host = any ? "127.0.0.1" : listener.host == "::" ? "::1" : listener.host, .port = listener.port};
}

Result<client::Address> configured_address(const Flags& flags) {
  auto loaded = config::load(load_request(flags));
  if (!loaded) return fail_with(std::move(loaded));
  auto listeners = config::make_listeners(loaded->properties);
  if (!listeners) return fail_with(std::move(listeners));
  const client::Address address = reachable(listeners->bound.front());
  if (address.port == 0) return fail(Errc::invalid_config, "the configuration lets the broker take any free port: name its ADDRESS");
  return address;
}

/// Nothing when it serves; else why not.
std::optional<Error> ask(const client::Address& address, std::chrono::milliseconds patience) {
  client::ConnectionOptions options;
  options.client_id = "streamline-health";
  options.connect_timeout = patience;
  options.request_timeout = patience;
  // Asks for the versions of its APIs, which a broker answers from the first moment it listens.
  const auto opened = client::Connection::open(address, options);
  return opened ? std::nullopt : std::optional<Error>(opened.error());
}

int wait_until_healthy(const client::Address& address, std::chrono::milliseconds wait) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const std::optional<Error> why = ask(address, wait.count() == 0 ? kAnswer : std::clamp(left, kPause, kAnswer));
    if (!why) {
      print(stdout, "{} serves\n", client::to_string(address));
      return exit_with(ExitCode::ok);
    }
    if (std::chrono::steady_clock::now() + kPause >= deadline) {
      return refuse(ExitCode::notes, fmt::format("{} does not serve: {}", client::to_string(address), why->text));
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

int run_health(int argc, char** argv) {
  CLI::App app("Tells whether a broker serves.", "streamline health");
  Flags flags;
  std::string asked;
  std::string wait_text = "0";
  app.add_option("ADDRESS", asked, "HOST:PORT of the broker [the one that this configuration starts]");
  app.add_option("--wait", wait_text, "how long it may take to come up: 500ms, 10s, 2m [asked once]")->type_name("DURATION");
  add_configuration_options(app, flags);
  app.footer(kFooter);
  if (const auto end = run_parser(app, argc, argv)) return *end;
  if (const std::string wrong = check_configuration_options(flags); !wrong.empty()) return refuse(ExitCode::usage, wrong);
  const auto wait = parse_duration(wait_text);
  if (!wait)
    return refuse(ExitCode::usage, fmt::format("--wait {}: expected a duration such as 500ms, 10s or 2m, at most a day", wait_text));
  const auto address = asked.empty() ? configured_address(flags) : client::parse_address(asked);
  if (!address) return refuse(asked.empty() ? ExitCode::configuration : ExitCode::usage, address.error().text);
  return wait_until_healthy(*address, *wait);
}

}  // namespace streamline::main_program
