// Targets of `groups reset` and lists of offsets, as users write them.
#include "groups/reset_target.h"

#include <catch2/catch.hpp>

using namespace streamline;
using namespace streamline::cli;
using Kind = ResetTarget::Kind;
using Place = client::OffsetSpec::Kind;

namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kHourMs = 3'600'000;

ResetTarget parsed(std::string_view text) {
  auto target = parse_reset_target(text, kNow);
  REQUIRE(target);
  return *target;
}

}  // namespace

TEST_CASE("places in a log are those of consume, and a bare age is a time") {
  CHECK(parsed("earliest").place == client::OffsetSpec{.kind = Place::beginning});
  CHECK(parsed("latest").place == client::OffsetSpec{.kind = Place::end});
  CHECK(parsed("42").place == client::OffsetSpec{.kind = Place::offset, .value = 42});
  CHECK(parsed("-5").place == client::OffsetSpec{.kind = Place::before_end, .value = 5});
  CHECK(parsed("@1000").place == client::OffsetSpec{.kind = Place::timestamp, .value = 1000});
  CHECK(parsed("-1h").place == client::OffsetSpec{.kind = Place::timestamp, .value = kNow - kHourMs});
}

TEST_CASE("shifts, other groups and files") {
  CHECK(parsed("shift -100").shift == -100);
  CHECK(parsed("shift:+7").shift == 7);
  CHECK(parsed("group:a:b").name == "a:b");
  CHECK(parsed("group:a").kind == Kind::group);
  CHECK(parsed("file:/tmp/x.csv").name == "/tmp/x.csv");
  CHECK(parsed("file:x").kind == Kind::file);
}

TEST_CASE("what is no target is refused") {
  for (const std::string_view text : {"", "shift", "shift x", "shift:", "group:", "file:", "tomorrow", "-1y"}) {
    CHECK_FALSE(parse_reset_target(text, kNow));
  }
}

TEST_CASE("a list of offsets is read as it was written") {
  const OffsetList offsets{
      {{.topic = "a", .partition = 0}, 5}, {{.topic = "a", .partition = 1}, std::nullopt}, {{.topic = "b.c", .partition = 7}, 0}};
  CHECK(format_offset_list(offsets) == "a,0,5\na,1,-\nb.c,7,0\n");
  const auto read = parse_offset_list(format_offset_list(offsets));
  REQUIRE(read);
  CHECK(*read == offsets);
}

TEST_CASE("a list may have empty lines and a foreign end of line, and a bad line is named") {
  const auto read = parse_offset_list("a,0,5\r\n\r\nb,1,6");
  REQUIRE(read);
  CHECK(read->size() == 2);
  for (const std::string_view bad : {"a", "a,0", ",0,1", "a,-1,1", "a,0,-1", "a,0,x", "a,0,", "a,4294967296,1"}) {
    const auto refused = parse_offset_list("a,0,5\n" + std::string(bad));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.starts_with("line 2 "));
  }
}
