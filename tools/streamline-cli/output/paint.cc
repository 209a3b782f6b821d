// Which streams have colours, and the escapes for them (ECMA-48, "select graphic rendition").
#include "output/paint.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace streamline::cli {

namespace {

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

bool is_forced() {
  for (const char* name : {"CLICOLOR_FORCE", "FORCE_COLOR"}) {
    const std::string_view value = environment(name);
    if (!value.empty() && value != "0") return true;
  }
  return false;
}

std::string_view escape(Tone tone) {
  switch (tone) {
    case Tone::plain: break;
    case Tone::heading: return "\x1b[1m";
    case Tone::good: return "\x1b[32m";
    case Tone::notable: return "\x1b[33m";
    case Tone::bad: return "\x1b[31m";
  }
  return {};
}

constexpr std::array<std::string_view, 11> kGood = {"ok",    "created", "altered", "grown",          "deleted",      "set",
                                                    "unset", "aborted", "Stable",  "CompleteCommit", "CompleteAbort"};
constexpr std::array<std::string_view, 2> kBad = {"failed", "Dead"};

}  // namespace

Result<ColorWish> parse_color(std::string_view word) {
  if (word == "auto") return ColorWish::automatic;
  if (word == "always") return ColorWish::always;
  if (word == "never") return ColorWish::never;
  return fail(Errc::invalid_argument, fmt::format("--color '{}' is none of auto, always, never", word));
}

bool is_drawable(int fd) { return ::isatty(fd) == 1 && environment("TERM") != "dumb"; }

Paint paint_for(ColorWish wish, int fd) {
  if (wish == ColorWish::always) return Paint::colors;
  if (wish == ColorWish::never || !environment("NO_COLOR").empty()) return Paint::none;
  return is_forced() || is_drawable(fd) ? Paint::colors : Paint::none;
}

std::string painted(std::string_view text, Tone tone, Paint paint) {
  if (paint == Paint::none || tone == Tone::plain || text.empty()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", escape(tone), text);
}

Tone tone_of(std::string_view state) {
  if (std::ranges::find(kGood, state) != kGood.end()) return Tone::good;
  if (std::ranges::find(kBad, state) != kBad.end()) return Tone::bad;
  return state.empty() || state == "-" ? Tone::plain : Tone::notable;
}

}  // namespace streamline::cli
