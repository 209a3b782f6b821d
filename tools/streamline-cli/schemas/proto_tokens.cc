// One token ahead is enough for the language.
#include "schemas/proto_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace streamline::cli {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_in_word(char c) { return is_letter(c) || is_digit(c) || c == '.'; }
bool is_in_number(char c) { return is_in_word(c); }

}  // namespace

void ProtoTokens::skip_blanks() {
  while (!rest_.empty()) {
    std::size_t length = 0;
    if (rest_.starts_with("//")) {
      length = std::min(rest_.find('\n'), rest_.size());
    } else if (rest_.starts_with("/*")) {
      const std::size_t end = rest_.find("*/", 2);
      length = end == std::string_view::npos ? rest_.size() : end + 2;
    } else if (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == '\r' || rest_[0] == '\n' || rest_[0] == '\f' || rest_[0] == '\v') {
      length = 1;
    } else {
      return;
    }
    line_ += static_cast<std::size_t>(std::ranges::count(rest_.substr(0, length), '\n'));
    rest_.remove_prefix(length);
  }
}

void ProtoTokens::advance() {
  skip_blanks();
  now_ = {.line = line_};
  if (rest_.empty()) return;
  const char first = rest_[0];
  std::size_t length = 1;
  if (first == '"' || first == '\'') {
    while (length < rest_.size() && rest_[length] != first && rest_[length] != '\n') length += rest_[length] == '\\' ? 2 : 1;
    const std::size_t end = std::min(length, rest_.size());
    now_.kind = ProtoToken::Kind::text;
    now_.text = rest_.substr(1, end - 1);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return;
  }
  if (is_letter(first) || (first == '.' && rest_.size() > 1 && is_letter(rest_[1]))) {
    while (length < rest_.size() && is_in_word(rest_[length])) ++length;
    now_.kind = ProtoToken::Kind::word;
  } else if (is_digit(first)) {
    while (length < rest_.size() && is_in_number(rest_[length])) ++length;
    now_.kind = ProtoToken::Kind::number;
  } else {
    now_.kind = ProtoToken::Kind::sign;
  }
  now_.text = rest_.substr(0, length);
  rest_.remove_prefix(length);
}

ProtoToken ProtoTokens::take() {
  const ProtoToken taken = now_;
  advance();
  return taken;
}

bool ProtoTokens::take_if(std::string_view text) {
  if (!is(text)) return false;
  advance();
  return true;
}

std::unexpected<Error> ProtoTokens::wrong(std::string_view wanted) const {
  constexpr std::size_t kShown = 40;
  const std::string there = at_end() ? "the end of the file" : fmt::format("'{}'", now_.text.substr(0, kShown));
  return fail(Errc::malformed, fmt::format("{}:{}: {} is wanted and not {}", name_, now_.line, wanted, there));
}

Status ProtoTokens::expect(std::string_view text) {
  if (take_if(text)) return {};
  return wrong(fmt::format("'{}'", text));
}

Result<std::string> ProtoTokens::word(std::string_view what) {
  if (now_.kind != ProtoToken::Kind::word) return wrong(what);
  return std::string(take().text);
}

Result<std::string> ProtoTokens::text(std::string_view what) {
  if (now_.kind != ProtoToken::Kind::text) return wrong(what);
  std::string whole;
  // Texts side by side are one.
  while (now_.kind == ProtoToken::Kind::text) whole += take().text;
  return whole;
}

Result<std::int64_t> ProtoTokens::number(std::string_view what) {
  const bool is_negative = take_if("-");
  if (now_.kind != ProtoToken::Kind::number) return wrong(what);
  std::string_view digits = now_.text;
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    base = 16;
    digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits[0] == '0') {
    base = 8;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc{} || end != digits.data() + digits.size()) return wrong(what);
  advance();
  return is_negative ? -value : value;
}

Status ProtoTokens::skip_statement() {
  std::size_t open = 0;
  // Options in these brackets may hold braces, which end nothing.
  std::size_t square = 0;
  while (!at_end()) {
    const bool opens = is("{");
    const bool closes = is("}");
    const bool ends = is(";");
    if (closes && open == 0) return wrong("';'");
    if (is("[")) ++square;
    if (is("]") && square > 0) --square;
    advance();
    if (opens) ++open;
    if (closes && --open == 0 && square == 0) {
      // An option's value in braces has its ';' behind it.
      take_if(";");
      return {};
    }
    if (ends && open == 0) return {};
  }
  return wrong("';'");
}

}  // namespace streamline::cli
