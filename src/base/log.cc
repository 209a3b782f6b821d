// Formats and writes log lines. Levels, format and the limit of repeats are the only process-wide state.
#include "base/log.h"

#include <fmt/chrono.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

#include "base/repeat_limiter.h"

namespace streamline::log {

namespace {

constexpr std::string_view kComponents[] = {"admin",  "broker",  "catalog",   "compaction",  "config", "fetch",
                                            "groups", "net",     "producer",  "metadata",    "quotas", "requests",
                                            "server", "storage", "telemetry", "transactions"};
constexpr std::size_t kComponentCount = std::size(kComponents);

std::atomic<Level> general_level{Level::info};
struct OwnLevel {
  std::atomic<Level> level{Level::info};
};
std::array<OwnLevel, kComponentCount> own_levels;
std::atomic<Format> line_format{Format::text};

std::mutex repeats_mutex;  // guards repeats
RepeatLimiter repeats;

std::size_t index_of(std::string_view component) {
  return static_cast<std::size_t>(std::ranges::find(kComponents, component) - std::begin(kComponents));
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug: return "DEBUG";
    case Level::info: return "INFO";
    case Level::warn: return "WARN";
    case Level::error: return "ERROR";
  }
  return "?";
}

/// Bytes of the UTF-8 character at the front; 0 where there is none, or one of the controls from U+0080 on, which terminals obey.
std::size_t character_length(std::string_view text) {
  const auto byte = [text](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // The second byte of these is narrower: no longer form of a shorter one, no half of a pair, nothing above U+10FFFF.
  const unsigned second = byte(1);
  if ((lead == 0xc2 || lead == 0xe0) && second < 0xa0) return 0;
  if ((lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0;
  return length;
}

void append_escaped(std::string& out, std::string_view text, Format format) {
  const bool json = format == Format::json;
  while (!text.empty()) {
    const auto code = static_cast<unsigned char>(text.front());
    const std::size_t length = character_length(text);
    if (json && (code == '"' || code == '\\')) {
      out += '\\';
      out += text.front();
    } else if (code < 0x20 || code == 0x7f) {
      out += json ? fmt::format("\\u{:04x}", code) : fmt::format("\\x{:02x}", code);
    } else if (length == 0) {
      out += fmt::format("{}\\x{:02x}", json ? "\\" : "", code);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

/// Length of "key=" at the front; 0 when there is none.
std::size_t key_length(std::string_view text) {
  const std::size_t length = std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_."), text.size());
  return length > 0 && length < text.size() && text[length] == '=' ? length + 1 : 0;
}

/// Where the next " key=" begins at or behind `from`, at its blank.
std::size_t next_pair(std::string_view text, std::size_t from) {
  for (std::size_t blank = text.find(' ', from); blank != std::string_view::npos; blank = text.find(' ', blank + 1)) {
    if (key_length(text.substr(blank + 1)) > 0) return blank;
  }
  return text.size();
}

void append_member(std::string& out, std::string_view key, std::string_view value) {
  out += ",\"";
  out += key;
  out += "\":\"";
  append_escaped(out, value, Format::json);
  out += '"';
}

/// "rolled segment topic=a partition=0" as message, topic and partition; a value ends where the next key begins.
void append_members(std::string& out, std::string_view text) {
  std::size_t at = key_length(text) > 0 ? 0 : next_pair(text, 0);
  append_member(out, "message", text.substr(0, at));
  std::vector<std::string> taken = {"time", "level", "component", "message"};
  while (at < text.size()) {
    if (text[at] == ' ') ++at;
    const std::size_t length = key_length(text.substr(at));
    const std::size_t end = next_pair(text, at + length);
    std::string key(text.substr(at, length - 1));
    std::string_view value = text.substr(at + length, end - at - length);
    if (value.size() > 1 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
    // A member must not come twice.
    while (std::ranges::find(taken, key) != taken.end()) key += '_';
    append_member(out, key, value);
    taken.push_back(std::move(key));
    at = end;
  }
}

}  // namespace

std::span<const std::string_view> components() { return kComponents; }

void set_level(Level level) {
  general_level.store(level, std::memory_order_relaxed);
  for (OwnLevel& own : own_levels) own.level.store(level, std::memory_order_relaxed);
}

bool set_level(std::string_view component, Level level) {
  const std::size_t index = index_of(component);
  if (index == kComponentCount) return false;
  own_levels[index].level.store(level, std::memory_order_relaxed);
  return true;
}

Level level() { return general_level.load(std::memory_order_relaxed); }

Level level(std::string_view component) {
  const std::size_t index = index_of(component);
  return (index == kComponentCount ? general_level : own_levels[index].level).load(std::memory_order_relaxed);
}

bool enabled(Level wanted, std::string_view component) { return wanted >= level(component); }
void set_format(Format format) { line_format.store(format, std::memory_order_relaxed); }

void set_repeat_limit(std::uint32_t limit) {
  const std::lock_guard lock(repeats_mutex);
  repeats.set_limit(limit);
}

void write(Level level, std::string_view component, std::string_view text) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const std::string time =
      fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), (now - seconds).count());
  std::string out;
  if (line_format.load(std::memory_order_relaxed) == Format::json) {
    out = fmt::format(R"({{"time":"{}","level":"{}","component":"{}")", time, name_of(level), component);
    append_members(out, text);
    out += "}\n";
  } else {
    out = fmt::format("{} {} {} ", time, name_of(level), component);
    append_escaped(out, text, Format::text);
    out += '\n';
  }
  // A log line that stderr refuses has nowhere else to go.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, out.data(), out.size());
}

void write_event(Level level, std::string_view component, const void* event, std::string_view text) {
  if (level < Level::warn) return write(level, component, text);
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  std::optional<RepeatLimiter::Verdict> verdict;
  {
    const std::lock_guard lock(repeats_mutex);
    verdict = repeats.admit(event, now_ms);
  }
  if (!verdict) return;
  std::string whole(text);
  if (verdict->left_out > 0) whole += fmt::format(" left_out={}", verdict->left_out);
  if (verdict->last) whole += fmt::format(" further=\"left out for {} s\"", RepeatLimiter::kWindowMs / 1000);
  write(level, component, whole);
}

}  // namespace streamline::log
