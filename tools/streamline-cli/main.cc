// streamline-cli: Kafka from the command line, against any broker.
#include <fmt/format.h>

#include <csignal>
#include <string>
#include <vector>

#include "base/build_stamp.h"
#include "client/address.h"
#include "client/cluster.h"
#include "commands.h"
#include "interrupt.h"
#include "suggestion.h"

namespace streamline::cli {

namespace {

constexpr std::string_view kSeeHelp = "; see 'streamline-cli --help'";

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

Result<Output> parse_output(const std::string& text) {
  if (text.empty()) return Output::plain;
  if (text == "table") return Output::table;
  if (text == "json") return Output::json;
  return fail(Errc::invalid_argument,
              fmt::format("-o chooses the output, table or json, and not '{}'; a place to read from is --from", text));
}

ExitCode run(Session& session) {
  auto bootstrap = client::parse_bootstrap(session.bootstrap);
  if (!bootstrap) return complain_usage("--bootstrap: " + bootstrap.error().text);
  auto interrupt_fd = watch_interrupts();
  if (!interrupt_fd) return complain(interrupt_fd.error());
  session.interrupt_fd = *interrupt_fd;
  client::ClusterOptions options;
  options.connection.client_id = "streamline-cli";
  options.connection.cancel_fd = *interrupt_fd;
  client::Cluster cluster(*std::move(bootstrap), options);
  session.cluster = &cluster;
  const ExitCode code = session.command(session);
  return interrupted() ? ExitCode::interrupted : code;
}

ExitCode parse_and_run(int argc, char** argv) {
  Session session;
  std::string output;
  CLI::App app("Kafka from the command line, against any broker.", "streamline-cli");
  const BuildStamp& stamp = build_stamp();
  app.set_version_flag("--version", fmt::format("streamline-cli {} ({}, {})", stamp.version, stamp.commit, stamp.build));
  app.add_option("-b,--bootstrap", session.bootstrap, "brokers, as host:port with commas between them")
      ->envname("STREAMLINE_BOOTSTRAP")
      ->default_str("localhost:9092");
  app.add_option("-o,--output", output, "table or json");
  app.fallthrough();
  add_topics(app, session);
  add_groups(app, session);
  add_produce(app, session);
  add_consume(app, session);
  app.footer(
      "Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 exists, 5 denied, 6 unreachable or timed out, 7 partly failed, 130 "
      "interrupted.");
  session.bootstrap = "localhost:9092";
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    return complain_unknown(app);
  } catch (const CLI::Success& asked) {
    return static_cast<ExitCode>(app.exit(asked));
  } catch (const CLI::ParseError& error) {
    return complain_usage(fmt::format("{}{}", error.what(), kSeeHelp));
  }
  auto form = parse_output(output);
  if (!form) return complain_usage(form.error().text);
  session.output = *form;
  if (session.command) return run(session);
  return complain_usage(fmt::format("a command is missing: one of {}{}", fmt::join(words_of(innermost(app)), ", "), kSeeHelp));
}

}  // namespace

}  // namespace streamline::cli

int main(int argc, char** argv) {
  // Whoever started us may have it ignored; a closed pipe is to end us without a word.
  std::signal(SIGPIPE, SIG_DFL);
  return static_cast<int>(streamline::cli::parse_and_run(argc, argv));
}
