// The parts of the line in the order in which they are worth their room.
#include "output/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace streamline::cli {

namespace {

constexpr std::chrono::milliseconds kSilence(1'000);
constexpr std::chrono::milliseconds kInterval(100);
constexpr std::size_t kLongestBar = 30;
constexpr std::size_t kShortestBar = 10;
constexpr std::size_t kColumnsOtherwise = 80;
/// Back to the first column, and off with what stands there.
constexpr std::string_view kErase = "\r\x1b[K";

/// Three digits are enough to watch: 999, 1.2k, 34M.
std::string short_number(double number) {
  constexpr std::array kSteps = {"", "k", "M", "G", "T", "P"};
  std::size_t step = 0;
  while (number >= 1000 && step + 1 < kSteps.size()) {
    number /= 1000;
    ++step;
  }
  return step > 0 && number < 10 ? fmt::format("{:.1f}{}", number, kSteps[step]) : fmt::format("{:.0f}{}", number, kSteps[step]);
}

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::records: return "records";
    case Unit::bytes: return "bytes";
    case Unit::topics: return "topics";
  }
  return {};
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string time_text(const Stage& stage, double per_second) {
  if (!stage.total) return clock_text(stage.seconds);
  if (per_second <= 0) return {};
  return clock_text(static_cast<double>(std::max<std::int64_t>(0, *stage.total - stage.done)) / per_second) + " left";
}

std::string bar(double part, std::size_t length) {
  const auto full = std::min(length, static_cast<std::size_t>(part * static_cast<double>(length)));
  return fmt::format("[{}{}]", std::string(full, '#'), std::string(length - full, '.'));
}

std::size_t columns_of_terminal() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kColumnsOtherwise;
}

void write_now(std::string_view text) {
  // Where standard error cannot be written nobody watches.
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
  static_cast<void>(std::fflush(stderr));
}

}  // namespace

std::string progress_line(const Stage& stage, std::size_t columns) {
  const double part =
      stage.total && *stage.total > 0 ? std::clamp(static_cast<double>(stage.done) / static_cast<double>(*stage.total), 0.0, 1.0) : 0.0;
  const double per_second = stage.seconds > 0 ? static_cast<double>(stage.done) / stage.seconds : 0;
  const std::string count = short_number(static_cast<double>(stage.done));
  const std::string first = stage.total ? fmt::format("{:3.0f}%", part * 100) : fmt::format("{} {}", count, name_of(stage.unit));
  const std::string of_total =
      stage.total ? fmt::format("{} of {} {}", count, short_number(static_cast<double>(*stage.total)), name_of(stage.unit)) : "";
  // Each goes in as long as it fits; their order in the line is another.
  std::size_t room = columns - std::min(columns, first.size());
  const auto take = [&room](std::string text) {
    if (text.empty() || text.size() + 2 > room) return std::string();
    room -= text.size() + 2;
    return text;
  };
  const std::string left = take(time_text(stage, per_second));
  const std::string rate = take(short_number(per_second) + "/s");
  const std::string what = take(std::string(stage.what));
  const std::string counted = take(of_total);
  constexpr std::size_t kFrame = 4;
  const bool has_bar = stage.total && room >= kShortestBar + kFrame;
  std::string line = what.empty() ? first : what + "  " + first;
  if (has_bar) line += "  " + bar(part, std::min(kLongestBar, room - kFrame));
  for (const std::string& text : {counted, rate, left}) {
    if (!text.empty()) line += "  " + text;
  }
  return line.size() <= columns ? line : std::string();
}

Progress::Progress(Drawn drawn, std::string what, Unit unit, std::optional<std::int64_t> total)
    : drawn_(drawn), what_(std::move(what)), unit_(unit), total_(total), next_(begun_ + kSilence) {}

bool Progress::is_due() { return drawn_ == Drawn::yes && Clock::now() >= next_; }

void Progress::show(std::int64_t done) {
  if (drawn_ == Drawn::no) return;
  const Clock::time_point now = Clock::now();
  next_ = now + kInterval;
  const Stage stage{
      .what = what_, .done = done, .total = total_, .unit = unit_, .seconds = std::chrono::duration<double>(now - begun_).count()};
  // The last column stays free: a terminal that is full to its edge begins a new line.
  write_now(std::string(kErase) + progress_line(stage, columns_of_terminal() - 1));
  is_there_ = true;
}

void Progress::clear() {
  if (!is_there_) return;
  write_now(kErase);
  is_there_ = false;
}

}  // namespace streamline::cli
