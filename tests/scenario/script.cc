// Reading scripts, and comparing what they expect with what comes.
#include "scenario/script.h"

#include <cstdlib>

namespace streamline::scenario {

namespace {

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }
bool is_expectation(std::string_view line) { return line.starts_with("  ") && !is_blank(line); }
std::string_view trimmed(std::string_view line) {
  const auto first = line.find_first_not_of(' ');
  const auto last = line.find_last_not_of(' ');
  return first == std::string_view::npos ? std::string_view() : line.substr(first, last - first + 1);
}

std::string indented(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

}  // namespace

std::string Command::value(std::string_view key, std::string_view otherwise) const {
  const auto found = values.find(key);
  return found == values.end() ? std::string(otherwise) : found->second;
}
std::optional<std::string> Command::value(std::string_view key) const {
  const auto found = values.find(key);
  if (found == values.end()) return std::nullopt;
  return found->second;
}
std::int64_t Command::number(std::string_view key, std::int64_t otherwise) const {
  const auto text = value(key);
  return text ? std::strtoll(text->c_str(), nullptr, 10) : otherwise;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

Command parse_command(std::string_view line) {
  Command command;
  for (const std::string& token : split(trimmed(line), ' ')) {
    if (token.empty()) continue;
    const auto equals = token.find('=');
    if (command.verb.empty())
      command.verb = token;
    else if (equals == std::string::npos)
      command.words.push_back(token);
    else
      command.values[token.substr(0, equals)] = token.substr(equals + 1);
  }
  return command;
}

Outcome play(const std::string& file, std::string_view text, const NewPlayer& new_player) {
  Outcome outcome;
  std::unique_ptr<Player> player;
  std::string name;
  bool failed = false;
  const std::vector<std::string> lines = split(text, '\n');
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const std::string& line = lines[at];
    outcome.updated += line + "\n";
    if (is_blank(line) || line.starts_with('#')) continue;
    if (line.starts_with("case ")) {
      player = new_player();
      name = line.substr(5);
      failed = false;
      ++outcome.cases;
      continue;
    }
    std::vector<std::string> expected;
    const std::size_t command_at = at;
    while (at + 1 < lines.size() && is_expectation(lines[at + 1])) expected.emplace_back(trimmed(lines[++at]));
    const std::vector<std::string> came =
        player ? player->play(parse_command(line)) : std::vector<std::string>{"no case begins before this"};
    outcome.updated += indented(came);
    if (came == expected || failed) continue;
    failed = true;  // what follows a difference says nothing
    outcome.failures.push_back(file + ":" + std::to_string(command_at + 1) + ": " + name + "\n" + line + "\nexpected\n" +
                               indented(expected) + "came\n" + indented(came));
  }
  return outcome;
}

}  // namespace streamline::scenario
