// Java's properties syntax (java.util.Properties.load): key=value, key:value or key value; # and ! begin comments; a backslash at the end
// of a line continues it; \t \n \r \f and \uXXXX are escapes, a backslash before anything else means that character.
#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "config/file_readers.h"

namespace streamline::config {

namespace {

constexpr std::string_view kBlank = " \t\f";

struct LogicalLine {
  std::string text;  // continuations joined, escapes still in
  std::size_t number = 0;
};

std::string_view without_leading_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  return begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
}

bool is_continued(std::string_view line) {
  std::size_t backslashes = 0;
  while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

std::vector<LogicalLine> logical_lines(std::string_view text) {
  std::vector<LogicalLine> lines;
  bool continues = false;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = without_leading_blanks(line);
    if (!continues && (line.empty() || line.front() == '#' || line.front() == '!')) continue;
    if (!continues) lines.push_back({{}, number});
    continues = is_continued(line);
    if (continues) line.remove_suffix(1);
    lines.back().text += line;
  }
  return lines;
}

/// Where the key ends: at the first unescaped '=', ':' or blank.
std::size_t key_length(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\')
      ++i;
    else if (line[i] == '=' || line[i] == ':' || kBlank.find(line[i]) != std::string_view::npos)
      return i;
  }
  return line.size();
}

std::string_view value_after(std::string_view rest) {
  rest = without_leading_blanks(rest);
  if (rest.starts_with('=') || rest.starts_with(':')) rest = without_leading_blanks(rest.substr(1));
  return rest;
}

void append_utf8(std::string& text, std::uint32_t point) {
  const auto put = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0 | (point >> 6));
  } else if (point < 0x10000) {
    put(0xE0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3F));
  } else {
    put(0xF0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3F));
    put(0x80 | ((point >> 6) & 0x3F));
  }
  put(0x80 | (point & 0x3F));
}

/// The four hexadecimal digits at the front.
std::optional<std::uint32_t> parse_unit(std::string_view digits) {
  if (digits.size() < 4) return std::nullopt;
  std::uint32_t unit = 0;
  for (const char c : digits.substr(0, 4)) {
    std::uint32_t digit = 16;
    if (c >= '0' && c <= '9')
      digit = static_cast<std::uint32_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      digit = static_cast<std::uint32_t>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      digit = static_cast<std::uint32_t>(c - 'A' + 10);
    if (digit == 16) return std::nullopt;
    unit = unit * 16 + digit;
  }
  return unit;
}

/// One code point of an escape that begins after "\u" at `at`, which moves behind it; a pair of surrogates is one code point.
std::optional<std::uint32_t> take_code_point(std::string_view text, std::size_t& at) {
  const std::optional<std::uint32_t> first = parse_unit(text.substr(at));
  if (!first) return std::nullopt;
  at += 4;
  const bool high = *first >= 0xD800 && *first < 0xDC00;
  if (!high || !text.substr(at).starts_with("\\u")) return first;
  const std::optional<std::uint32_t> second = parse_unit(text.substr(at + 2));
  if (!second || *second < 0xDC00 || *second > 0xDFFF) return first;
  at += 6;
  return 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00);
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string plain;
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at++];
    if (c != '\\' || at == text.size()) {
      plain += c;
      continue;
    }
    switch (const char escaped = text[at++]; escaped) {
      case 't': plain += '\t'; break;
      case 'n': plain += '\n'; break;
      case 'r': plain += '\r'; break;
      case 'f': plain += '\f'; break;
      case 'u': {
        const std::optional<std::uint32_t> point = take_code_point(text, at);
        if (!point) return std::nullopt;
        append_utf8(plain, *point);
        break;
      }
      default: plain += escaped;
    }
  }
  return plain;
}

}  // namespace

Result<std::vector<Entry>> read_java_properties(std::string_view text, std::string_view file) {
  std::vector<Entry> entries;
  for (const LogicalLine& line : logical_lines(text)) {
    const std::string_view whole = line.text;
    const std::size_t length = key_length(whole);
    std::optional<std::string> key = unescaped(whole.substr(0, length));
    std::optional<std::string> value = unescaped(value_after(whole.substr(length)));
    if (!key || !value) return fail(Errc::malformed, fmt::format("{}:{}: \\u needs four hexadecimal digits", file, line.number));
    entries.push_back({*std::move(key), *std::move(value), fmt::format("{}:{}", file, line.number)});
  }
  return entries;
}

}  // namespace streamline::config
