// The command families; each adds its words and flags to the grammar, which is the one table that the parser, help, completions, manual
// pages and the command reference are made from. A command sets Session::command when it is chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "session.h"

namespace streamline::cli {

struct CommandText {
  const char* name;
  const char* text;
  CommandFacts facts{};
};

/// Options live as long as the grammar.
template <class Options>
struct Command {
  CLI::App* app;
  Options* options;
};

/// A command of `family` that runs `run` with its options.
template <class Options>
Command<Options> add_command(CLI::App& family, Session& session, const CommandText& text, ExitCode (*run)(Session&, const Options&)) {
  CLI::App* app = family.add_subcommand(text.name, text.text);
  auto options = std::make_shared<Options>();
  session.facts[app] = text.facts;
  app->callback([&session, options, run] { session.command = [options, run](Session& s) { return run(s, *options); }; });
  return {app, options.get()};
}

/// `app` and `session` outlive the parser's run.
void add_topics(CLI::App& app, Session& session);
void add_configs(CLI::App& app, Session& session);
void add_groups(CLI::App& app, Session& session);
void add_produce(CLI::App& app, Session& session);
void add_consume(CLI::App& app, Session& session);
void add_transactions(CLI::App& app, Session& session);
void add_quotas(CLI::App& app, Session& session);
void add_clients(CLI::App& app, Session& session);
void add_health(CLI::App& app, Session& session);
void add_doctor(CLI::App& app, Session& session);
void add_top(CLI::App& app, Session& session);
void add_bench(CLI::App& app, Session& session);
void add_shell(CLI::App& app, Session& session);
void add_profile(CLI::App& app, Session& session);
void add_completion(CLI::App& app, Session& session);
void add_reference(CLI::App& app, Session& session);

}  // namespace streamline::cli
