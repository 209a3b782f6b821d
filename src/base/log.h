// Log lines on stderr: one event one line, `2026-01-31T12:00:00.123Z INFO storage rolled segment topic=a partition=0`.
// error = somebody must act; warn = we recovered; info = life cycle; debug = per request. Never record contents, keys or secrets.
// The first word names the component, whose level may differ from the others'. A warning or error that repeats is left out above a
// limit (RepeatLimiter); the line before says so, and the first one afterwards how many there were.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace streamline::log {

enum class Level : std::uint8_t { debug, info, warn, error };

/// Components whose level can be set apart; any other word has the general level.
std::span<const std::string_view> components();

/// Lines below this level are not formatted. Thread-safe; default info. Takes back what set_level(component) set.
void set_level(Level level);
/// Thread-safe. False when there is no such component.
bool set_level(std::string_view component, Level level);
/// The general level.
Level level();
Level level(std::string_view component);
bool enabled(Level level, std::string_view component);

enum class Format : std::uint8_t { text, json };
void set_format(Format format);

/// How often one warning or error may be written within RepeatLimiter::kWindowMs; 0 = without limit.
void set_repeat_limit(std::uint32_t limit);

/// Writes one finished line, however often. Thread-safe: one write(2) a line. In JSON the trailing key=value pairs of `text` become
/// members.
void write(Level level, std::string_view component, std::string_view text);
/// The same for one of several lines that are the same `event`.
void write_event(Level level, std::string_view component, const void* event, std::string_view text);

template <class... Args>
void line(Level level, std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  if (!enabled(level, component)) return;
  // Lines of one place in the program are one event, and have one format.
  const fmt::string_view text = format;
  write_event(level, component, text.data(), fmt::vformat(text, fmt::make_format_args(args...)));
}
template <class... Args>
void debug(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  line(Level::debug, component, format, std::forward<Args>(args)...);
}
template <class... Args>
void info(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  line(Level::info, component, format, std::forward<Args>(args)...);
}
template <class... Args>
void warn(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  line(Level::warn, component, format, std::forward<Args>(args)...);
}
template <class... Args>
void error(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  line(Level::error, component, format, std::forward<Args>(args)...);
}

}  // namespace streamline::log
