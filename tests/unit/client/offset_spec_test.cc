// Places in a log and times as users write them.
#include "client/offset_spec.h"

#include <catch2/catch.hpp>

using namespace streamline;
using namespace streamline::client;

namespace {
constexpr std::int64_t kNow = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
using Kind = OffsetSpec::Kind;
}  // namespace

TEST_CASE("places are words, numbers, numbers before the end, and times") {
  CHECK(parse_offset_spec("beginning", kNow).value() == OffsetSpec{Kind::beginning, 0});
  CHECK(parse_offset_spec("start", kNow).value() == OffsetSpec{Kind::beginning, 0});
  CHECK(parse_offset_spec("end", kNow).value() == OffsetSpec{Kind::end, 0});
  CHECK(parse_offset_spec("0", kNow).value() == OffsetSpec{Kind::offset, 0});
  CHECK(parse_offset_spec("42", kNow).value() == OffsetSpec{Kind::offset, 42});
  CHECK(parse_offset_spec("-5", kNow).value() == OffsetSpec{Kind::before_end, 5});
  CHECK(parse_offset_spec("@-1h", kNow).value() == OffsetSpec{Kind::timestamp, kNow - 3'600'000});
}

TEST_CASE("anything else is no place, and the error says what is") {
  for (const char* text : {"", "xyz", "4x", "-", "-0", "@", "@-1y", "9223372036854775808", "-9223372036854775808"}) {
    INFO(text);
    CHECK(parse_offset_spec(text, kNow).error().code == Errc::invalid_argument);
  }
  CHECK(parse_offset_spec("xyz", kNow).error().text ==
        "'xyz' is no place in a log; write beginning, end, an offset, -N for the last N, or @TIME");
}

TEST_CASE("times are milliseconds, ages, or RFC 3339 with and without zone") {
  CHECK(parse_time("1700000000000", kNow).value() == 1'700'000'000'000);
  CHECK(parse_time("2026-01-01T00:00:00Z", kNow).value() == kNow);
  CHECK(parse_time("2026-01-01", kNow).value() == kNow);
  CHECK(parse_time("2026-01-01T00:00", kNow).value() == kNow);
  CHECK(parse_time("2026-01-01 00:00:01.5", kNow).value() == kNow + 1500);
  CHECK(parse_time("2026-01-01T00:00:00.123456Z", kNow).value() == kNow + 123);
  CHECK(parse_time("2026-01-01T01:30:00+01:30", kNow).value() == kNow);
  CHECK(parse_time("2025-12-31T19:00:00-05:00", kNow).value() == kNow);
  CHECK(parse_time("1969-12-31T23:59:59Z", kNow).value() == -1000);
  CHECK(parse_time("-2d", kNow).value() == kNow - 2 * 86'400'000);
}

TEST_CASE("days that do not exist and broken times are refused") {
  for (const char* text : {"2026-02-30", "2026-13-01", "2026-01-01T24:00:00Z", "2026-01-01T00:60", "2026-1-1", "2026-01-01T",
                           "2026-01-01Tx", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+1", "2026-01-01x", "-1", "-h"}) {
    INFO(text);
    CHECK(parse_time(text, kNow).error().code == Errc::invalid_argument);
  }
}

TEST_CASE("durations have a unit and an end") {
  CHECK(parse_duration("500ms").value() == std::chrono::milliseconds(500));
  CHECK(parse_duration("90s").value() == std::chrono::seconds(90));
  CHECK(parse_duration("5m").value() == std::chrono::minutes(5));
  for (const char* text : {"", "5", "s", "-5s", "5 s", "99999999999d", "5y"})
    CHECK(parse_duration(text).error().code == Errc::invalid_argument);
}
