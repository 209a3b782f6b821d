// Parsing places and times.
#include "client/offset_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

namespace streamline::client {

namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Takes exactly `digits` digits and the literal behind them off the front.
class TimeText {
 public:
  explicit TimeText(std::string_view text) : text_(text) {}

  int digits(std::size_t count) {
    if (text_.size() < count) return broken();
    int number = 0;
    for (const char c : text_.substr(0, count)) {
      if (c < '0' || c > '9') return broken();
      number = number * 10 + (c - '0');
    }
    text_.remove_prefix(count);
    return number;
  }
  bool take(std::string_view any_of) {
    if (text_.empty() || any_of.find(text_.front()) == std::string_view::npos) return false;
    last_ = text_.front();
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(std::string_view(&c, 1))) ok_ = false;
  }
  /// Digits behind the point as milliseconds; more than three are cut.
  int fraction() {
    int ms = 0;
    int seen = 0;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; text_.remove_prefix(1), ++seen) {
      if (seen < 3) ms = ms * 10 + (text_.front() - '0');
    }
    ok_ = ok_ && seen > 0;
    for (; seen < 3; ++seen) ms *= 10;
    return ms;
  }
  char last() const { return last_; }
  bool at_end() const { return text_.empty(); }
  bool ok() const { return ok_; }
  void reject() { ok_ = false; }

 private:
  int broken() {
    ok_ = false;
    return 0;
  }
  std::string_view text_;
  char last_ = 0;
  bool ok_ = true;
};

/// Offset of a zone in minutes: Z, +hh:mm, -hh:mm, or nothing for UTC.
int zone_minutes(TimeText& text) {
  if (text.at_end() || text.take("Zz")) return 0;
  if (!text.take("+-")) {
    text.reject();
    return 0;
  }
  const int sign = text.last() == '-' ? -1 : 1;
  const int hours = text.digits(2);
  text.take(":");
  return sign * (hours * 60 + text.digits(2));
}

std::optional<std::int64_t> rfc3339_ms(std::string_view written) {
  TimeText text(written);
  const int year = text.digits(4);
  text.expect('-');
  const int month = text.digits(2);
  text.expect('-');
  const int day = text.digits(2);
  int hour = 0, minute = 0, second = 0, ms = 0, zone = 0;
  if (text.take("Tt ")) {
    hour = text.digits(2);
    text.expect(':');
    minute = text.digits(2);
    if (text.take(":")) second = text.digits(2);
    if (text.take(".")) ms = text.fraction();
    zone = zone_minutes(text);
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!text.ok() || !text.at_end() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((static_cast<std::int64_t>(days) * 24 + hour) * 60 + minute - zone) * 60'000 + second * 1000 + ms;
}

constexpr std::int64_t unit_ms(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1000;
  if (unit == "m") return 60'000;
  if (unit == "h") return 3'600'000;
  return unit == "d" ? 86'400'000 : 0;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::int64_t kLongest = 100'000'000'000;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = whole_number(text.substr(0, digits));
  const std::int64_t unit = unit_ms(text.substr(digits));
  if (number && unit != 0 && *number <= kLongest / unit) return std::chrono::milliseconds(*number * unit);
  return fail(Errc::invalid_argument, fmt::format("'{}' is no duration; write 500ms, 90s, 5m, 1h or 2d", text));
}

Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_ms) {
  if (text == "now") return now_ms;
  if (text.starts_with('-')) {
    if (const auto age = parse_duration(text.substr(1))) return now_ms - age->count();
  }
  if (const auto ms = whole_number(text); ms && *ms >= 0) return *ms;
  if (const auto ms = rfc3339_ms(text)) return *ms;
  return fail(Errc::invalid_argument,
              fmt::format("'{}' is no time; write milliseconds since 1970, 2026-01-31T12:00:00Z, now, or -90s, -5m, -1h, -2d", text));
}

Result<OffsetSpec> parse_offset_spec(std::string_view text, std::int64_t now_ms) {
  using Kind = OffsetSpec::Kind;
  if (text == "beginning" || text == "start" || text == "earliest") return OffsetSpec{.kind = Kind::beginning};
  if (text == "end" || text == "latest") return OffsetSpec{.kind = Kind::end};
  if (text.starts_with('@')) {
    auto time = parse_time(text.substr(1), now_ms);
    if (!time) return fail_with(std::move(time));
    return OffsetSpec{.kind = Kind::timestamp, .value = *time};
  }
  if (text.starts_with('+')) {
    if (const auto number = whole_number(text.substr(1)); number && *number >= 0)
      return OffsetSpec{.kind = Kind::after_begin, .value = *number};
  }
  if (const auto number = whole_number(text)) {
    if (*number < 0 && *number > INT64_MIN) return OffsetSpec{.kind = Kind::before_end, .value = -*number};
    if (*number >= 0 && !text.starts_with('-')) return OffsetSpec{.kind = Kind::offset, .value = *number};
  }
  return fail(Errc::invalid_argument,
              fmt::format("'{}' is no place in a log; write beginning, end, an offset, -N for the last N, or @TIME", text));
}

}  // namespace streamline::client
