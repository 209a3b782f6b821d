// One pass over the line with the quote that is open.
#include "shell/shell_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace streamline::cli {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }

class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line) {
    for (at_ = 0; at_ < line_.size() && !is_comment_; ++at_) take(line_[at_]);
  }

  char open_quote() const { return quote_; }
  bool ends_in_backslash() const { return escapes_nothing_; }
  bool is_in_word() const { return in_word_; }
  bool is_comment() const { return is_comment_; }
  std::vector<std::string>& words() { return words_; }
  void end_word() {
    if (in_word_) words_.push_back(std::exchange(word_, {}));
    in_word_ = false;
  }

 private:
  void take(char c) {
    if (quote_ == '\'') return c == '\'' ? static_cast<void>(quote_ = 0) : static_cast<void>(word_ += c);
    if (quote_ == '"') return take_in_double_quotes(c);
    if (is_space(c)) return end_word();
    if (c == '#' && !in_word_) return static_cast<void>(is_comment_ = true);
    in_word_ = true;
    if (c == '\'' || c == '"')
      quote_ = c;
    else if (c == '\\')
      take_next();
    else
      word_ += c;
  }
  void take_in_double_quotes(char c) {
    const char next = at_ + 1 < line_.size() ? line_[at_ + 1] : '\0';
    if (c == '"')
      quote_ = 0;
    else if (c == '\\' && (next == '"' || next == '\\'))
      take_next();
    else
      word_ += c;
  }
  void take_next() {
    if (++at_ < line_.size())
      word_ += line_[at_];
    else
      escapes_nothing_ = true;
  }

  const std::string_view line_;
  std::size_t at_ = 0;
  char quote_ = 0;
  bool in_word_ = false;
  bool is_comment_ = false;
  bool escapes_nothing_ = false;
  std::string word_;
  std::vector<std::string> words_;
};

}  // namespace

Result<std::vector<std::string>> shell_words(std::string_view line) {
  Splitter splitter(line);
  if (splitter.open_quote() != 0) return fail(Errc::malformed, fmt::format("the quote {} is not closed", splitter.open_quote()));
  if (splitter.ends_in_backslash()) return fail(Errc::malformed, "nothing follows the backslash at the end");
  splitter.end_word();
  return std::move(splitter.words());
}

std::vector<std::string> words_so_far(std::string_view line) {
  Splitter splitter(line);
  const bool is_under_way = splitter.is_in_word();
  splitter.end_word();
  if (!is_under_way) splitter.words().emplace_back();
  return std::move(splitter.words());
}

std::string quoted(std::string_view word) {
  const bool is_plain = !word.empty() && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-_./:=@+,%").contains(c);
  });
  if (is_plain) return std::string(word);
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'')
      text += "'\\''";
    else
      text += c;
  }
  return text + "'";
}

}  // namespace streamline::cli
