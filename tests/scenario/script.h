// Scripts: cases of commands, each followed by the lines, indented, that it must print. README.md has the language.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace streamline::scenario {

/// `verb word… key=value…`
struct Command {
  std::string verb{};
  std::vector<std::string> words{};
  std::map<std::string, std::string, std::less<>> values{};

  std::string value(std::string_view key, std::string_view otherwise) const;
  std::optional<std::string> value(std::string_view key) const;
  std::int64_t number(std::string_view key, std::int64_t otherwise) const;
  /// The i-th word; empty when there are fewer.
  std::string word(std::size_t i) const { return i < words.size() ? words[i] : std::string(); }
};
Command parse_command(std::string_view line);
std::vector<std::string> split(std::string_view text, char separator);

/// What plays a case: each command is answered by the lines it prints.
class Player {
 public:
  virtual ~Player() = default;
  virtual std::vector<std::string> play(const Command& command) = 0;
};
using NewPlayer = std::function<std::unique_ptr<Player>()>;

struct Outcome {
  std::size_t cases = 0;
  /// For each failed case: the file, the line, what was expected and what came.
  std::vector<std::string> failures{};
  /// The script with the lines that came in place of those expected.
  std::string updated{};
};

/// Plays every case of `text`; `file` is for messages.
Outcome play(const std::string& file, std::string_view text, const NewPlayer& new_player);

}  // namespace streamline::scenario
