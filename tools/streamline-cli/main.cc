// streamline-cli: Kafka from the command line, against any broker.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/build_stamp.h"
#include "client/address.h"
#include "client/cluster.h"
#include "client/offset_spec.h"
#include "commands.h"
#include "interrupt.h"
#include "kcat/kcat.h"
#include "profile/profiles.h"
#include "reference/candidates.h"
#include "suggestion.h"

namespace streamline::cli {

namespace {

constexpr std::string_view kSeeHelp = "; see 'streamline-cli --help'";
/// What the completion scripts call the program with.
constexpr std::string_view kComplete = "__complete";

/// The global flags as the line, the environment, a profile, or nobody says them.
struct GlobalFlags {
  std::string bootstrap;
  std::string output;
  std::string profile;
  std::string client_id;
  std::string request_timeout;
  std::string color = "auto";
  bool no_progress = false;
  /// What the environment (STREAMLINE_OUTPUT) or the profile would like where the command has it.
  std::string preferred_output{};
};

/// The deepest command that the line named: what an unknown word was meant for.
const CLI::App& innermost(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : innermost(*chosen.front());
}

std::vector<std::string> words_of(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) words.push_back(command->get_name());
  return words;
}

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::App* level = &app; level != nullptr; level = level->get_parent()) {
    for (const CLI::Option* option : level->get_options()) {
      if (!option->get_lnames().empty()) flags.push_back("--" + option->get_lnames().front());
    }
  }
  return flags;
}

ExitCode complain_unknown(const CLI::App& app) {
  const CLI::App& command = innermost(app);
  const std::vector<std::string> unknown = app.remaining(true);
  const std::string word = unknown.empty() ? "" : unknown.front();
  if (word.starts_with('-'))
    return complain_usage(fmt::format("unknown option '{}'{}{}", word, suggestion(word, flags_of(command)), kSeeHelp));
  const std::vector<std::string> words = words_of(command);
  if (words.empty()) return complain_usage(fmt::format("unexpected argument '{}'{}", word, kSeeHelp));
  return complain_usage(fmt::format("unknown command '{}'{}{}", word, suggestion(word, words), kSeeHelp));
}

void add_global_flags(CLI::App& app, GlobalFlags& flags) {
  const BuildStamp& stamp = build_stamp();
  app.set_version_flag("--version", fmt::format("streamline-cli {} ({}, {})", stamp.version, stamp.commit, stamp.build));
  app.add_option("-b,--bootstrap", flags.bootstrap, "brokers, as host:port with commas between them (localhost:9092)")
      ->envname("STREAMLINE_BOOTSTRAP");
  app.add_option("-o,--output", flags.output, "table, wide, json, yaml, csv or name; help prints the keys of the answer");
  app.add_option("--profile", flags.profile, "global flags that were kept under this name")->envname("STREAMLINE_PROFILE");
  app.add_option("--client-id", flags.client_id, "what brokers are told of us (streamline-cli)")->envname("STREAMLINE_CLIENT_ID");
  app.add_option("--request-timeout", flags.request_timeout, "longest wait for an answer, all tries together (30s)")
      ->envname("STREAMLINE_REQUEST_TIMEOUT");
  app.add_option("--color", flags.color, "auto (on a terminal; NO_COLOR and CLICOLOR_FORCE are heeded), always or never")
      ->envname("STREAMLINE_COLOR");
  app.add_flag("--no-progress", flags.no_progress, "draw no bars on the terminal")->envname("STREAMLINE_NO_PROGRESS");
}

void add_commands(CLI::App& app, Session& session) {
  app.fallthrough();
  add_topics(app, session);
  add_configs(app, session);
  add_groups(app, session);
  add_produce(app, session);
  add_consume(app, session);
  add_transactions(app, session);
  add_quotas(app, session);
  add_clients(app, session);
  add_health(app, session);
  add_doctor(app, session);
  add_top(app, session);
  add_bench(app, session);
  add_shell(app, session);
  add_profile(app, session);
  add_completion(app, session);
  add_reference(app, session);
  app.footer(
      "Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 exists, 5 denied, 6 unreachable or timed out, 7 partly failed, 130 "
      "interrupted.");
  session.grammar = &app;
}

/// What neither the line nor the environment says comes from the profile, then from the defaults.
Status fill_in(GlobalFlags& flags) {
  if (const char* const preferred = std::getenv("STREAMLINE_OUTPUT"); preferred != nullptr && *preferred != '\0') {
    auto known = parse_output(preferred, Shape::listing);
    if (!known) return fail(known.error().code, "STREAMLINE_OUTPUT: " + known.error().text);
    flags.preferred_output = preferred;
  }
  auto profile = profile_in_force(flags.profile);
  if (!profile) return fail_with(std::move(profile));
  const auto fill = [&](std::string& flag, const char* key, const char* otherwise) {
    if (!flag.empty()) return;
    const auto found = profile->find(key);
    flag = found == profile->end() ? otherwise : found->second;
  };
  fill(flags.bootstrap, "bootstrap", "localhost:9092");
  fill(flags.preferred_output, "output", "");
  fill(flags.client_id, "client-id", "streamline-cli");
  fill(flags.request_timeout, "request-timeout", "30s");
  return {};
}

ExitCode run_with_brokers(Session& session, const GlobalFlags& flags) {
  auto bootstrap = client::parse_bootstrap(session.bootstrap);
  if (!bootstrap) return complain_usage("--bootstrap: " + bootstrap.error().text);
  auto timeout = client::parse_duration(flags.request_timeout);
  if (!timeout) return complain_usage("--request-timeout: " + timeout.error().text);
  client::ClusterOptions options;
  options.connection.client_id = session.client_id;
  options.connection.cancel_fd = session.interrupt_fd;
  options.connection.connect_timeout = std::min(options.connection.connect_timeout, *timeout);
  options.connection.request_timeout = *timeout;
  options.total_timeout = *timeout;
  client::Cluster cluster(*std::move(bootstrap), options);
  session.cluster = &cluster;
  return session.command(session);
}

ExitCode run(Session& session, const GlobalFlags& flags, const CommandFacts& facts) {
  auto interrupt_fd = watch_interrupts();
  if (!interrupt_fd) return complain(interrupt_fd.error());
  session.interrupt_fd = *interrupt_fd;
  session.bootstrap = flags.bootstrap;
  session.client_id = flags.client_id;
  const ExitCode code = facts.brokers == Brokers::needed ? run_with_brokers(session, flags) : session.command(session);
  return interrupted() ? ExitCode::interrupted : code;
}

ExitCode start(Session& session, GlobalFlags& flags, const CLI::App& app) {
  const CLI::App& command = innermost(app);
  if (!session.command)
    return complain_usage(fmt::format("a command is missing: one of {}{}", fmt::join(words_of(command), ", "), kSeeHelp));
  const auto known = session.facts.find(&command);
  const CommandFacts facts = known == session.facts.end() ? CommandFacts{} : known->second;
  if (flags.output == "help") {
    if (facts.keys.empty()) return complain_usage("this command's answer has no keys");
    return finish(keys_text(facts.keys));
  }
  const auto color = parse_color(flags.color);
  if (!color) return complain_usage(color.error().text);
  paint_complaints(paint_for(*color, STDERR_FILENO));
  session.paint = paint_for(*color, STDOUT_FILENO);
  session.progress = is_drawable(STDERR_FILENO) && !flags.no_progress ? Drawn::yes : Drawn::no;
  session.keys = facts.keys;
  auto output = parse_output(flags.output, facts.shape);
  if (!output) return complain_usage(output.error().text);
  session.output = *output;
  // A profile that is broken must not stop the command that mends it, nor what needs no broker.
  if (facts.brokers == Brokers::unused) return run(session, flags, facts);
  if (auto filled = fill_in(flags); !filled) return complain_usage(filled.error().text);
  // What a profile prefers is no demand: a command without that form keeps its own.
  if (auto preferred = parse_output(flags.preferred_output, facts.shape); preferred && flags.output.empty()) session.output = *preferred;
  return run(session, flags, facts);
}

ExitCode complete(Session& session, std::span<const std::string> words) {
  constexpr std::chrono::milliseconds kPatience(1'000);
  GlobalFlags flags;
  flags.bootstrap = bootstrap_in(words);
  if (const char* const named = std::getenv("STREAMLINE_BOOTSTRAP"); named != nullptr && flags.bootstrap.empty()) flags.bootstrap = named;
  if (auto filled = fill_in(flags); !filled) return ExitCode::failed;
  auto bootstrap = client::parse_bootstrap(flags.bootstrap);
  if (!bootstrap) return ExitCode::failed;
  client::ClusterOptions options;
  options.connection.client_id = flags.client_id;
  options.connection.connect_timeout = kPatience;
  options.connection.request_timeout = kPatience;
  options.total_timeout = kPatience;
  client::Cluster cluster(*std::move(bootstrap), options);
  session.cluster = &cluster;
  std::string text;
  for (const std::string& word : candidates(session, words)) text += word + "\n";
  return finish(text);
}

/// Whoever started us may have closed a standard stream, and the next file or connection would take its number: an answer would go to the
/// broker. What takes it here fails when it is used.
Status hold_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    const int opened = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (opened != fd) return fail(Errc::io, fmt::format("standard stream {} is closed, and /dev/null cannot take its place", fd));
  }
  return {};
}

ExitCode parse_and_run(int argc, char** argv) {
  Session session;
  GlobalFlags flags;
  // Until --color is read.
  paint_complaints(paint_for(ColorWish::automatic, STDERR_FILENO));
  CLI::App app("Kafka from the command line, against any broker.", "streamline-cli");
  add_global_flags(app, flags);
  add_commands(app, session);
  if (argc > 1 && argv[1] == kComplete) {
    const std::vector<std::string> words(argv + 2, argv + argc);
    return complete(session, words);
  }
  try {
    if (is_kcat(argv[0])) {
      auto words = kcat_words(std::vector<std::string>(argv + 1, argv + argc));
      if (!words) return complain_usage(words.error().text);
      // CLI11 takes words from the back.
      std::vector<std::string> reversed(words->rbegin(), words->rend());
      app.parse(std::move(reversed));
    } else {
      app.parse(argc, argv);
    }
  } catch (const CLI::ExtrasError&) {
    return complain_unknown(app);
  } catch (const CLI::Success& asked) {
    std::ostringstream text;
    app.exit(asked, text, text);
    return finish(text.str());
  } catch (const CLI::ParseError& error) {
    return complain_usage(fmt::format("{}{}", error.what(), kSeeHelp));
  }
  return start(session, flags, app);
}

}  // namespace

}  // namespace streamline::cli

int main(int argc, char** argv) {
  // Whoever started us may have it ignored; a closed pipe is to end us without a word.
  std::signal(SIGPIPE, SIG_DFL);
  if (const auto held = streamline::cli::hold_standard_streams(); !held) return static_cast<int>(streamline::cli::complain(held.error()));
  return static_cast<int>(streamline::cli::parse_and_run(argc, argv));
}
