// What CLI11 keeps of a grammar, in the shapes that printing needs.
#include "reference/grammar.h"

#include <fmt/format.h>

#include <algorithm>

namespace streamline::cli {

namespace {

constexpr std::string_view kExamples = "Examples:\n";

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

bool is_help(const CLI::Option& option) {
  const auto& names = option.get_lnames();
  return std::ranges::find(names, "help") != names.end();
}

}  // namespace

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_name().empty() && !command->get_group().empty(); });
}

std::vector<const CLI::App*> leaves_of(const CLI::App& app) {
  std::vector<const CLI::App*> leaves;
  for (const CLI::App* command : commands_of(app)) {
    const auto below = leaves_of(*command);
    if (below.empty()) leaves.push_back(command);
    leaves.insert(leaves.end(), below.begin(), below.end());
  }
  return leaves;
}

std::vector<const CLI::Option*> flags_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return option->nonpositional() && !is_help(*option); });
}

std::vector<const CLI::Option*> words_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

bool takes_value(const CLI::Option& flag) { return flag.get_expected_max() > 0 && flag.get_type_size() != 0; }

std::string command_line(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? app.get_name() : command_line(*parent) + " " + app.get_name();
}

std::string usage_line(const CLI::App& app) {
  std::string line = command_line(app);
  for (const CLI::Option* word : words_of(app)) {
    const std::string name = upper(word->get_name(true)) + (word->get_expected_max() > 1 ? "..." : "");
    line += word->get_required() ? " " + name : fmt::format(" [{}]", name);
  }
  return flags_of(app).empty() ? line : line + " [flags]";
}

std::string flag_text(const CLI::Option& flag) {
  std::string text;
  for (const std::string& name : flag.get_snames()) text += fmt::format("{}-{}", text.empty() ? "" : ", ", name);
  for (const std::string& name : flag.get_lnames()) text += fmt::format("{}--{}", text.empty() ? "" : ", ", name);
  if (!takes_value(flag)) return text;
  const std::string name = flag.get_lnames().empty() ? "value" : flag.get_lnames().front();
  return text + " " + upper(name);
}

std::string notes_of(const CLI::App& app) {
  const std::string footer = app.get_footer();
  std::string notes = footer.substr(0, footer.find(kExamples));
  while (!notes.empty() && notes.back() == '\n') notes.pop_back();
  return notes;
}

std::vector<std::string> examples_of(const CLI::App& app) {
  const std::string footer = app.get_footer();
  const std::size_t at = footer.find(kExamples);
  std::vector<std::string> examples;
  if (at == std::string::npos) return examples;
  std::string_view rest = std::string_view(footer).substr(at + kExamples.size());
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (!line.empty()) examples.emplace_back(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return examples;
}

}  // namespace streamline::cli
