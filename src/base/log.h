// Log lines on stderr: one event one line, `2026-01-31T12:00:00.123Z INFO storage rolled segment topic=a partition=0`.
// error = somebody must act; warn = we recovered; info = life cycle; debug = per request. Never record contents, keys or secrets.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace streamline::log {

enum class Level : std::uint8_t { debug, info, warn, error };

/// Lines below this level are not formatted. Thread-safe; default info.
void set_level(Level level);
bool enabled(Level level);

enum class Format : std::uint8_t { text, json };
void set_format(Format format);

/// Writes one finished line. Thread-safe: one write(2) a line.
void write(Level level, std::string_view component, std::string_view text);

template <class... Args>
void line(Level level, std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(level)) write(level, component, fmt::format(format, std::forward<Args>(args)...));
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
