// Runs the parser and turns its complaints into one line that names the word and the nearest one that is known.
#include "main/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/edit_distance.h"
#include "main/exit_code.h"
#include "main/print.h"

namespace streamline::main_program {

namespace {

/// The server's commands are apps of their own.
constexpr std::string_view kCommands[] = {"check", "dump", "config", "health"};
constexpr std::string_view kServer = "streamline";

void add_flags(const CLI::App& app, std::vector<std::string>& words) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
}

std::vector<std::string> known_flags(const CLI::App& app) {
  std::vector<std::string> words;
  add_flags(app, words);
  for (const CLI::App* command : app.get_subcommands()) add_flags(*command, words);
  return words;
}

std::vector<std::string> known_commands(const CLI::App& app) {
  std::vector<std::string> words;
  if (app.get_name() == kServer) words.assign(std::begin(kCommands), std::end(kCommands));
  // A command takes no further one.
  if (!app.get_subcommands().empty()) return words;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) words.push_back(command->get_name());
  return words;
}

/// "unknown flag --lisen, did you mean --listen?"
std::string describe_unknown(const CLI::App& app, const std::string& word) {
  const bool is_flag = word.starts_with("-");
  const std::string bare = word.substr(0, word.find('='));
  const std::vector<std::string> known = is_flag ? known_flags(app) : known_commands(app);
  const auto nearest =
      std::ranges::min_element(known, {}, [&bare](const std::string& candidate) { return edit_distance(bare, candidate); });
  if (nearest != known.end() && *nearest == bare && !is_flag) return fmt::format("{} has to be the first word", bare);
  const bool is_near = nearest != known.end() && is_slip(bare, *nearest);
  return fmt::format("unknown {} {}{}", is_flag ? "flag" : "word", bare,
                     is_near ? fmt::format(", did you mean {}?", *nearest) : "; see --help");
}

int complain(std::string_view text) {
  print(stderr, "streamline: {}\n", text);
  return static_cast<int>(ExitCode::usage);
}

}  // namespace

std::optional<int> run_parser(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    // The library ends a parse by throwing, for help as for mistakes.
    if (end.get_exit_code() == 0) return app.exit(end);
    const std::vector<std::string> unknown = app.remaining(true);
    return complain(unknown.empty() ? fmt::format("{}; see --help", end.what()) : describe_unknown(app, unknown.front()));
  }
  return std::nullopt;
}

}  // namespace streamline::main_program
