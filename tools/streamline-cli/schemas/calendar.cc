// The proleptic Gregorian calendar, in UTC.
#include "schemas/calendar.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace streamline::cli {

namespace {

/// From the first of January of the year 1 to the last of December 9999.
constexpr std::int64_t kFirstDay = -719'162;
constexpr std::int64_t kLastDay = 2'932'896;

int digits_of(Fraction unit) {
  switch (unit) {
    case Fraction::millis: return 3;
    case Fraction::micros: return 6;
    case Fraction::nanos: break;
  }
  return 9;
}

std::string day_text(std::int64_t days) {
  using namespace std::chrono;
  const year_month_day date{sys_days{std::chrono::days{days}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string clock_text(std::int64_t seconds) { return fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60); }

/// Takes numbers of so many digits, and the signs between them, off a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  std::int64_t number(std::size_t digits) {
    std::int64_t value = 0;
    const bool good = rest_.size() >= digits && std::from_chars(rest_.data(), rest_.data() + digits, value).ptr == rest_.data() + digits &&
                      rest_[0] != '-';
    take(good, digits);
    return value;
  }
  void sign(std::string_view sign) { take(rest_.starts_with(sign), sign.size()); }
  /// As parts of a second; nothing is none.
  std::int64_t fraction(Fraction unit) {
    if (!rest_.starts_with('.')) return 0;
    take(true, 1);
    std::int64_t value = 0;
    int digits = 0;
    while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      value = value * 10 + (rest_[0] - '0');
      take(++digits <= digits_of(unit), 1);
    }
    take(digits > 0, 0);
    for (; digits < digits_of(unit); ++digits) value *= 10;
    return value;
  }
  bool is_done() const { return good_ && rest_.empty(); }

 private:
  void take(bool good, std::size_t count) {
    good_ = good_ && good;
    rest_ = good_ ? rest_.substr(count) : std::string_view();
  }
  std::string_view rest_;
  bool good_ = true;
};

struct Day {
  bool is_one = false;
  std::int64_t days = 0;
};

Day scan_day(Scanner& scanner) {
  using namespace std::chrono;
  const auto y = scanner.number(4);
  scanner.sign("-");
  const auto m = scanner.number(2);
  scanner.sign("-");
  const auto d = scanner.number(2);
  const year_month_day date{year(static_cast<int>(y)), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  return {.is_one = date.ok(), .days = date.ok() ? sys_days(date).time_since_epoch().count() : 0};
}

/// Seconds of the day; kSecondsPerDay where there are not so many.
std::int64_t scan_clock(Scanner& scanner) {
  const auto hours = scanner.number(2);
  scanner.sign(":");
  const auto minutes = scanner.number(2);
  scanner.sign(":");
  const auto seconds = scanner.number(2);
  return hours < 24 && minutes < 60 && seconds < 60 ? hours * 3600 + minutes * 60 + seconds : kSecondsPerDay;
}

}  // namespace

bool is_in_calendar(std::int64_t seconds) { return seconds >= kFirstDay * kSecondsPerDay && seconds < (kLastDay + 1) * kSecondsPerDay; }

std::string second_text(std::int64_t seconds) {
  const auto days = std::chrono::floor<std::chrono::days>(std::chrono::seconds(seconds)).count();
  return fmt::format("{}T{}", day_text(days), clock_text(seconds - days * kSecondsPerDay));
}

Json moment_text(std::int64_t value, Fraction unit, std::string_view zone) {
  const auto per_second = static_cast<std::int64_t>(unit);
  std::int64_t seconds = value / per_second;
  std::int64_t fraction = value % per_second;
  if (fraction < 0) {
    fraction += per_second;
    --seconds;
  }
  if (!is_in_calendar(seconds)) return value;
  return fmt::format("{}.{:0{}}{}", second_text(seconds), fraction, digits_of(unit), zone);
}

Json time_text(std::int64_t value, Fraction unit) {
  const auto per_second = static_cast<std::int64_t>(unit);
  const std::int64_t seconds = value / per_second;
  if (value < 0 || seconds >= kSecondsPerDay) return value;
  return fmt::format("{}.{:0{}}", clock_text(seconds), value % per_second, digits_of(unit));
}

Json date_text(std::int64_t days) {
  if (days < kFirstDay || days > kLastDay) return days;
  return day_text(days);
}

Result<std::int64_t> parse_moment(std::string_view text, Fraction unit, std::string_view zone) {
  Scanner scanner(text);
  const Day day = scan_day(scanner);
  scanner.sign("T");
  const std::int64_t seconds = scan_clock(scanner);
  const std::int64_t fraction = scanner.fraction(unit);
  scanner.sign(zone);
  std::int64_t value = 0;
  const bool fits = !__builtin_mul_overflow(day.days * kSecondsPerDay + seconds, static_cast<std::int64_t>(unit), &value) &&
                    !__builtin_add_overflow(value, fraction, &value);
  if (scanner.is_done() && day.is_one && seconds < kSecondsPerDay && fits) return value;
  return fail(Errc::malformed, fmt::format("'{}' is no time such as 2026-01-31T12:00:00.123{}", text, zone));
}

Result<std::int64_t> parse_time_of_day(std::string_view text, Fraction unit) {
  Scanner scanner(text);
  const std::int64_t seconds = scan_clock(scanner);
  const std::int64_t fraction = scanner.fraction(unit);
  if (scanner.is_done() && seconds < kSecondsPerDay) return seconds * static_cast<std::int64_t>(unit) + fraction;
  return fail(Errc::malformed, fmt::format("'{}' is no time of day such as 12:00:00.123", text));
}

Result<std::int64_t> parse_date(std::string_view text) {
  Scanner scanner(text);
  const Day day = scan_day(scanner);
  if (scanner.is_done() && day.is_one) return day.days;
  return fail(Errc::malformed, fmt::format("'{}' is no date such as 2026-01-31", text));
}

}  // namespace streamline::cli
