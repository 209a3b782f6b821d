// Words for the next deletion.
#include "topics/retention_text.h"

#include <fmt/format.h>

#include "output/text.h"

namespace streamline::cli {

namespace {

/// The last moment of year 9999: what is due later is not due for anybody.
constexpr std::int64_t kLastDueMs = 253'402'300'799'999;

std::string due_text(std::int64_t due_ms, std::int64_t now_ms) {
  if (due_ms <= now_ms) return "with the next check (retention.ms)";
  return fmt::format("at {} (retention.ms)", rfc3339(due_ms));
}

}  // namespace

std::string next_deletion_text(const std::optional<wire::NextDeletion>& next, std::int64_t now_ms) {
  if (!next) return {};
  std::string when;
  if (next->due_ms >= 0 && next->due_ms <= kLastDueMs) when = due_text(next->due_ms, now_ms);
  if (next->bytes_left >= 0) {
    if (!when.empty()) when += " or ";
    when += next->bytes_left == 0 ? "with the next check (retention.bytes)"
                                  : fmt::format("after {} more bytes (retention.bytes)", next->bytes_left);
  }
  return when.empty() ? "never" : fmt::format("below {} {}", next->up_to, when);
}

std::string duration_text(std::int64_t ms) {
  if (ms < 0) return "without limit";
  struct Unit {
    std::int64_t ms;
    const char* name;
  };
  for (const Unit unit : {Unit{86'400'000, "d"}, Unit{3'600'000, "h"}, Unit{60'000, "m"}, Unit{1000, "s"}}) {
    if (ms >= unit.ms && ms % unit.ms == 0) return fmt::format("{}{}", ms / unit.ms, unit.name);
  }
  return fmt::format("{}ms", ms);
}

}  // namespace streamline::cli
