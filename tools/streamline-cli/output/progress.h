// Progress: a line at the foot of the terminal about something that takes long; it is erased at the end.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace streamline::cli {

enum class Unit : std::uint8_t { records, bytes, topics };
/// Whether anybody sees it.
enum class Drawn : std::uint8_t { yes, no };

/// How far something is.
struct Stage {
  std::string_view what;
  std::int64_t done = 0;
  /// None: nobody knows.
  std::optional<std::int64_t> total{};
  Unit unit = Unit::records;
  double seconds = 0;
};

/// "what  42%  [####......]  1.2M of 2.9M records  600k/s  0:03 left" in at most `columns` columns: what does not fit is left out, the
/// percentage or number last of all.
std::string progress_line(const Stage& stage, std::size_t columns);

/// Belongs to one thread. Writes to standard error, which nobody else writes to meanwhile without clear().
class Progress {
 public:
  /// Without a total it counts.
  Progress(Drawn drawn, std::string what, Unit unit, std::optional<std::int64_t> total);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Whether it is time to draw again: not in the first second, and ten times a second after it. What is cheap to find out needs no
  /// such question.
  bool is_due();
  void show(std::int64_t done);
  /// Both.
  void at(std::int64_t done) {
    if (is_due()) show(done);
  }
  /// Takes the line off the terminal, until the next show().
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  Drawn drawn_;
  std::string what_;
  Unit unit_;
  std::optional<std::int64_t> total_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point next_;
  bool is_there_ = false;
};

}  // namespace streamline::cli
