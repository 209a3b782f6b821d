// LineEditor: lines typed on a terminal, with keys to move and to search, a history in a file, and completion (libedit).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace streamline::cli {

/// What the word under the cursor may become.
struct Completion {
  /// The word as far as it is typed, without quotes.
  std::string typed;
  /// Whole words, unsorted.
  std::vector<std::string> candidates;
};

class LineEditor {
 public:
  /// Told the line up to the cursor.
  using Completer = std::function<Completion(std::string_view)>;

  /// `history_path` "" keeps none.
  LineEditor(std::string prompt, std::string history_path, Completer completer);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// The next line without its end; empty after control-C; nothing at the end of the input.
  std::optional<std::string> read();
  /// Into the history, and into its file: the last 1,000, each once, for nobody else to read. io where it cannot be written.
  Status remember(const std::string& line);

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace streamline::cli
