// Tests of lines in both formats.
#include "inspect/line.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace streamline::inspect {
namespace {

std::string text_of(const Line& line) {
  std::string text = line.finish();
  REQUIRE(text.back() == '\n');
  text.pop_back();
  return text;
}

Line sample(Format format) {
  Line line(format, "batch");
  line.number("offset", std::int64_t{5}).word("codec", "none").word("note", "two words").time("time", 1'700'000'000'123);
  line.open("flags", '[').word({}, "a").word({}, "b").close(']');
  line.open("inner", '{').null("nothing").contents("key", as_bytes("k\"1\n")).close('}');
  return line;
}

TEST_CASE("a line of text quotes what has to be quoted and nests") {
  CHECK(text_of(sample(Format::text)) ==
        R"(batch    offset=5 codec=none note="two words" time=2023-11-14T22:13:20.123Z flags=[a b] inner={nothing=null key="k\"1\n"})");
}

TEST_CASE("a line of JSON has the same names and plain numbers") {
  const auto json = nlohmann::json::parse(text_of(sample(Format::json)));
  CHECK(json.dump() == R"({"codec":"none","flags":["a","b"],"inner":{"key":"k\"1\n","nothing":null},"note":"two words","offset":5,)"
                       R"("time":1700000000123,"type":"batch"})");
}

TEST_CASE("contents that are no text are hexadecimal in text and base64 in JSON") {
  const std::string bytes("\x00\xff\x10", 3);
  CHECK(text_of(Line(Format::text, "r").contents("value", as_bytes(bytes))) == "r        value=0x00ff10");
  CHECK(text_of(Line(Format::json, "r").contents("value", as_bytes(bytes))) == R"({"type":"r","value_base64":"AP8Q"})");
}

TEST_CASE("base64 pads what is no multiple of three") {
  CHECK(to_base64(as_bytes("")).empty());
  CHECK(to_base64(as_bytes("a")) == "YQ==");
  CHECK(to_base64(as_bytes("ab")) == "YWI=");
  CHECK(to_base64(as_bytes("abc")) == "YWJj");
}

TEST_CASE("only valid UTF-8 without control characters is printable") {
  CHECK(is_printable(as_bytes("grün € 𝄞\t\n")));
  CHECK_FALSE(is_printable(as_bytes("bell\x07")));
  CHECK_FALSE(is_printable(as_bytes("\x7f")));
  CHECK_FALSE(is_printable(as_bytes("\xc3")));          // cut off
  CHECK_FALSE(is_printable(as_bytes("\xc0\xaf")));      // overlong
  CHECK_FALSE(is_printable(as_bytes("\xed\xa0\x80")));  // surrogate
  CHECK_FALSE(is_printable(as_bytes("\xf5\x80\x80\x80")));
}

TEST_CASE("words with invalid UTF-8 stay valid JSON") {
  const auto json = nlohmann::json::parse(text_of(Line(Format::json, "x").word("name", "a\xff\x01z")));
  CHECK(json["name"] == "a\xef\xbf\xbd\x01z");
}

TEST_CASE("a time that no calendar has is a number") {
  CHECK(text_of(Line(Format::text, "x").time("t", -1)) == "x        t=-1");
  CHECK(text_of(Line(Format::text, "x").time("t", INT64_MAX)) == "x        t=9223372036854775807");
}

TEST_CASE("rewinding takes back what was added since the mark") {
  Line line(Format::json, "x");
  line.number("a", std::int64_t{1});
  const std::size_t before = line.mark();
  line.open("b", '{').number("c", std::int64_t{2});
  line.rewind(before);
  CHECK(text_of(line.word("d", "e")) == R"({"type":"x","a":1,"d":"e"})");
}

}  // namespace
}  // namespace streamline::inspect
