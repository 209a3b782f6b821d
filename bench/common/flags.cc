// Parsing of flags.h; values are read as text first and as numbers when a program asks.
#include "common/flags.h"

#include <charconv>
#include <cstdio>

namespace streamline::bench {

Flags::Flags(int argc, char** argv) {
  int at = 1;
  for (; at < argc; ++at) {
    const std::string_view word = argv[at];
    if (word == "--") break;
    if (!word.starts_with("--") || at + 1 >= argc) {
      error_ = "expected '--name value', got '" + std::string(word) + "'";
      return;
    }
    values_[std::string(word.substr(2))] = argv[++at];
  }
  for (++at; at < argc; ++at) rest_.emplace_back(argv[at]);
}

std::string Flags::text(std::string_view name, std::string_view fallback) {
  asked_.emplace(name);
  const auto found = values_.find(name);
  return found == values_.end() ? std::string(fallback) : found->second;
}

std::int64_t Flags::number(std::string_view name, std::int64_t fallback) {
  const std::string value = text(name, "");
  if (value.empty()) return fallback;
  std::int64_t parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc() || end != value.data() + value.size()) error_ = "--" + std::string(name) + ": not a whole number: " + value;
  return parsed;
}

double Flags::real(std::string_view name, double fallback) {
  const std::string value = text(name, "");
  if (value.empty()) return fallback;
  double parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc() || end != value.data() + value.size()) error_ = "--" + std::string(name) + ": not a number: " + value;
  return parsed;
}

Status Flags::check() const {
  if (!error_.empty()) return fail(Errc::invalid_argument, error_);
  for (const auto& [name, value] : values_) {
    if (!asked_.contains(name)) return fail(Errc::invalid_argument, "unknown flag --" + name);
  }
  return {};
}

int report_failure(std::string_view program, const Error& error) {
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(program.size()), program.data(), error.text.c_str());
  return 1;
}

}  // namespace streamline::bench
