// TOML to entries: [log] with retention.ms = 5 is log.retention.ms = 5.
#define TOML_EXCEPTIONS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstddef>

#include "config/file_readers.h"

namespace streamline::config {

namespace {

/// No property has so many; the parser takes a table for each and goes down one call deeper.
constexpr std::ptrdiff_t kMaxDots = 32;

/// Number of the first line with a key or section of absurdly many parts; 0 when there is none. Text values may hold any number of dots.
std::size_t line_too_deep(std::string_view text) {
  std::size_t line = 1;
  for (std::size_t begin = 0; begin < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view key = text.substr(begin, end - begin);
    key = key.substr(0, key.find_first_of("=\"'#"));
    if (std::ranges::count(key, '.') > kMaxDots) return line;
    begin = end + 1;
  }
  return 0;
}

class Flattener {
 public:
  explicit Flattener(std::string_view file) : file_(file) {}

  Status add(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
      if (const toml::table* inner = node.as_table()) {
        if (Status added = add(*inner, name); !added) return added;
        continue;
      }
      Result<std::string> value = text_of(node, name);
      if (!value) return fail_with(std::move(value));
      entries_.push_back({name, *std::move(value), origin(node)});
    }
    return {};
  }
  std::vector<Entry> take() { return std::move(entries_); }

 private:
  std::string origin(const toml::node& node) const { return fmt::format("{}:{}", file_, node.source().begin.line); }

  Result<std::string> text_of(const toml::node& node, const std::string& name) const {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
    if (const auto* real = node.as_floating_point()) return fmt::format("{}", real->get());
    if (const auto* flag = node.as_boolean()) return std::string(flag->get() ? "true" : "false");
    if (const toml::array* array = node.as_array()) {
      std::string joined;
      for (const toml::node& element : *array) {
        if (element.is_array()) return fail(Errc::malformed, fmt::format("{}: {}: a list inside a list", origin(element), name));
        Result<std::string> text = text_of(element, name);
        if (!text) return text;
        joined += (joined.empty() ? "" : ",") + *text;
      }
      return joined;
    }
    return fail(Errc::malformed, fmt::format("{}: {}: neither text, number, true, false nor a list of these", origin(node), name));
  }

  std::string_view file_;
  std::vector<Entry> entries_;
};

}  // namespace

Result<std::vector<Entry>> read_toml(std::string_view text, std::string_view file) {
  if (const std::size_t line = line_too_deep(text); line > 0) {
    return fail(Errc::malformed, fmt::format("{}:{}: a key with more than {} dots", file, line, kMaxDots));
  }
  const toml::parse_result parsed = toml::parse(text, file);
  if (!parsed) {
    std::string what(parsed.error().description());
    if (what.find("redefine") != std::string::npos)
      what += "; put quotes around the longer of two keys that begin alike: \"max.connections.per.ip\" = 5";
    return fail(Errc::malformed, fmt::format("{}:{}: {}", file, parsed.error().source().begin.line, what));
  }
  Flattener flattener(file);
  if (Status added = flattener.add(parsed.table(), ""); !added) return fail_with(std::move(added));
  return flattener.take();
}

}  // namespace streamline::config
