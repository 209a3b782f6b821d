// Dates and times of schemas as text, to the fraction of a second that their unit has; and back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "output/json.h"

namespace streamline::cli {

/// Parts of a second.
enum class Fraction : std::int64_t { millis = 1'000, micros = 1'000'000, nanos = 1'000'000'000 };
inline constexpr std::int64_t kSecondsPerDay = 86'400;

/// Since 1970; whether it is in the years 1 to 9999.
bool is_in_calendar(std::int64_t seconds);
/// "2026-01-31T12:00:00" of one that is.
std::string second_text(std::int64_t seconds);
/// "2026-01-31T12:00:00.123" with `zone` behind; the number itself outside of the years 1 to 9999.
Json moment_text(std::int64_t value, Fraction unit, std::string_view zone);
/// "12:00:00.123"; the number itself where no day has it.
Json time_text(std::int64_t value, Fraction unit);
/// "2026-01-31"; the number of days itself outside of the years 1 to 9999.
Json date_text(std::int64_t days);

/// The way back; the fraction may be shorter, or missing. malformed.
Result<std::int64_t> parse_moment(std::string_view text, Fraction unit, std::string_view zone);
Result<std::int64_t> parse_time_of_day(std::string_view text, Fraction unit);
Result<std::int64_t> parse_date(std::string_view text);

}  // namespace streamline::cli
