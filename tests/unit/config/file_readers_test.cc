// TOML and Java properties, as entries.
#include "config/file_readers.h"

#include <catch2/catch.hpp>
#include <tuple>

namespace streamline::config {

namespace {
using Row = std::tuple<std::string, std::string, std::string>;

std::vector<Row> rows(const Result<std::vector<Entry>>& entries) {
  REQUIRE(entries.has_value());
  std::vector<Row> result;
  for (const Entry& entry : *entries) result.emplace_back(entry.key, entry.value, entry.origin);
  return result;
}
std::vector<Row> properties(std::string_view text) { return rows(read_java_properties(text, "p")); }
}  // namespace

TEST_CASE("properties: separators, blanks and comments") {
  CHECK(properties("a=1\nb:2\nc 3\n d \t= 4 \n# x=1\n  ! y=2\n\nempty=\nalone\nurl=http://h:1/?q=2\n") ==
        std::vector<Row>{{"a", "1", "p:1"},
                         {"b", "2", "p:2"},
                         {"c", "3", "p:3"},
                         {"d", "4 ", "p:4"},
                         {"empty", "", "p:8"},
                         {"alone", "", "p:9"},
                         {"url", "http://h:1/?q=2", "p:10"}});
}

TEST_CASE("properties: a backslash at the end continues the line, two do not") {
  CHECK(properties("a = 1,\\\n   2,\\\r\n\t3\nb = x\\\\\nc = 4") ==
        std::vector<Row>{{"a", "1,2,3", "p:1"}, {"b", "x\\", "p:4"}, {"c", "4", "p:5"}});
  CHECK(properties("a=1\\") == std::vector<Row>{{"a", "1", "p:1"}});
  CHECK(properties("a=1\\\n# not a comment here") == std::vector<Row>{{"a", "1# not a comment here", "p:1"}});
}

TEST_CASE("properties: escapes in keys and values") {
  CHECK(properties("a\\=b\\ c = \\ttab\\u00e9\\u20AC\\z") == std::vector<Row>{{"a=b c", "\ttab\xC3\xA9\xE2\x82\xACz", "p:1"}});
  CHECK(properties("k=\\uD83D\\uDE00") == std::vector<Row>{{"k", "\xF0\x9F\x98\x80", "p:1"}});
  CHECK(properties("dir=C\\:\\\\logs") == std::vector<Row>{{"dir", "C:\\logs", "p:1"}});
}

TEST_CASE("properties: a broken unicode escape names its line") {
  const auto entries = read_java_properties("a=1\nb=\\u12", "server.properties");
  REQUIRE_FALSE(entries.has_value());
  CHECK(entries.error().text == "server.properties:2: \\u needs four hexadecimal digits");
  CHECK_FALSE(read_java_properties("b=\\u12G4", "p").has_value());
}

TEST_CASE("toml: sections, dotted keys and quoted keys give the same dotted names") {
  CHECK(rows(read_toml("num.partitions = 3\n\"max.connections.per.ip\" = 5\n[log]\nretention.ms = 7\n\"roll.ms\" = 8\n", "t")) ==
        std::vector<Row>{{"log.retention.ms", "7", "t:4"},
                         {"log.roll.ms", "8", "t:5"},
                         {"max.connections.per.ip", "5", "t:2"},
                         {"num.partitions", "3", "t:1"}});
}

TEST_CASE("toml: every kind of value becomes Kafka's text") {
  CHECK(rows(read_toml("a = true\nb = \"x\"\nc = 0.5\nd = [\"compact\", \"delete\"]\ne = -9223372036854775808\n", "t")) ==
        std::vector<Row>{{"a", "true", "t:1"},
                         {"b", "x", "t:2"},
                         {"c", "0.5", "t:3"},
                         {"d", "compact,delete", "t:4"},
                         {"e", "-9223372036854775808", "t:5"}});
}

TEST_CASE("toml: mistakes name file and line") {
  const auto text = [](std::string_view toml) {
    const auto entries = read_toml(toml, "s.toml");
    return entries ? std::string("accepted") : entries.error().text;
  };
  CHECK(text("a = 1\nb =\n").starts_with("s.toml:2: "));
  CHECK(text("a = 1\na = 2\n").starts_with("s.toml:2: "));
  CHECK(text("a = 2026-01-01\n") == "s.toml:1: a: neither text, number, true, false nor a list of these");
  CHECK(text("a = [[1]]\n") == "s.toml:1: a: a list inside a list");
  CHECK(text("[[a]]\nb = 1\n").starts_with("s.toml:"));
  std::string deep;
  for (int i = 0; i < 50'000; ++i) deep += "a.";
  CHECK(text("x = 1\n" + deep + "b = 1\n").starts_with("s.toml:2: a key with more than"));
  CHECK(text("max.connections = 5\nmax.connections.per.ip = 5\n").find("quotes") != std::string::npos);
}

}  // namespace streamline::config
