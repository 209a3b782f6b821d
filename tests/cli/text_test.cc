// UTF-8, base64, hexadecimal, escapes and times.
#include "output/text.h"

#include <catch2/catch.hpp>

using namespace streamline;
using namespace streamline::cli;

TEST_CASE("UTF-8 is told from other bytes as the standard has it") {
  for (const char* text : {"", "plain", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"}) CHECK(is_utf8(as_bytes(text)));
  for (const char* text : {"\xff", "\xc3", "\xc3(", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xe2\x82"}) {
    CHECK_FALSE(is_utf8(as_bytes(text)));
  }
}

TEST_CASE("base64 has the values of RFC 4648") {
  CHECK(base64(as_bytes("")).empty());
  CHECK(base64(as_bytes("f")) == "Zg==");
  CHECK(base64(as_bytes("fo")) == "Zm8=");
  CHECK(base64(as_bytes("foo")) == "Zm9v");
  CHECK(base64(as_bytes("foobar")) == "Zm9vYmFy");
  CHECK(base64(as_bytes("\xff\xfe\xfd")) == "//79");
}

TEST_CASE("hexadecimal is lower case with two digits a byte") { CHECK(hex(as_bytes("\x01\xab")) == "01ab"); }

TEST_CASE("escapes") {
  CHECK(unescape("a\\n\\r\\t\\\\\\x7e").value() == "a\n\r\t\\~");
  CHECK(unescape("\\0").value() == std::string(1, '\0'));
  for (const char* text : {"\\", "\\q", "\\x", "\\x1", "\\xgg"}) CHECK(unescape(text).error().code == Errc::invalid_argument);
}

TEST_CASE("times are RFC 3339 with milliseconds, before 1970 too") {
  CHECK(rfc3339(0) == "1970-01-01T00:00:00.000Z");
  CHECK(rfc3339(1'767'225'600'123) == "2026-01-01T00:00:00.123Z");
  CHECK(rfc3339(-1) == "1969-12-31T23:59:59.999Z");
}
