// Formats and writes log lines. The level and the format are the only process-wide state.
#include "base/log.h"

#include <fmt/chrono.h>
#include <unistd.h>

#include <atomic>
#include <chrono>

namespace streamline::log {

namespace {
std::atomic<Level> minimum_level{Level::info};
std::atomic<Format> line_format{Format::text};

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug: return "DEBUG";
    case Level::info: return "INFO";
    case Level::warn: return "WARN";
    case Level::error: return "ERROR";
  }
  return "?";
}

void append_escaped(std::string& out, std::string_view text, bool json) {
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (json && (c == '"' || c == '\\')) {
      out += '\\';
      out += c;
    } else if (code < 0x20 || code == 0x7f) {
      out += json ? fmt::format("\\u{:04x}", code) : fmt::format("\\x{:02x}", code);
    } else {
      out += c;
    }
  }
}
}  // namespace

void set_level(Level level) { minimum_level.store(level, std::memory_order_relaxed); }
bool enabled(Level level) { return level >= minimum_level.load(std::memory_order_relaxed); }
void set_format(Format format) { line_format.store(format, std::memory_order_relaxed); }

void write(Level level, std::string_view component, std::string_view text) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const std::string time = fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                                       (now - seconds).count());
  const bool json = line_format.load(std::memory_order_relaxed) == Format::json;
  std::string out = json ? fmt::format(R"({{"time":"{}","level":"{}","component":"{}","message":")", time, name_of(level), component)
                         : fmt::format("{} {} {} ", time, name_of(level), component);
  append_escaped(out, text, json);
  out += json ? "\"}\n" : "\n";
  // A log line that stderr refuses has nowhere else to go.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, out.data(), out.size());
}

}  // namespace streamline::log
