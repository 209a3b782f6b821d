// What is in records: envelopes, templates, paths into JSON, decodings.
#include <catch2/catch.hpp>

#include "records/decoding.h"
#include "records/envelope.h"
#include "records/json_path.h"
#include "records/template.h"

using namespace streamline;
using namespace streamline::cli;

namespace {

std::string filled(std::string_view text, std::int64_t number = 7) {
  auto parsed = Template::parse(text);
  if (!parsed) return parsed.error().text;
  std::mt19937_64 random(1);
  std::string out;
  parsed->render(out, number, 1234, random);
  return out;
}

std::string found(std::string_view path, std::string_view json) {
  auto parsed = JsonPath::parse(path);
  if (!parsed) return parsed.error().text;
  const Json value = Json::parse(json);
  const Json* at = parsed->find(value);
  return at == nullptr ? "nothing" : at->dump();
}

bool holds(std::string_view condition, std::string_view json) { return JsonCondition::parse(condition).value().holds(Json::parse(json)); }

}  // namespace

TEST_CASE("an envelope has every part of a record") {
  const auto record = parse_envelope(
      R"({"topic":"t","offset":9,"partition":2,"timestamp":5,"key":"k","value":{"base64":"AP8="},"headers":[{"key":"h","value":null}]})");
  REQUIRE(record.has_value());
  CHECK(record->partition == 2);
  CHECK(record->timestamp == 5);
  CHECK(record->key == "k");
  CHECK(record->value == std::string("\x00\xff", 2));
  REQUIRE(record->headers.size() == 1);
  CHECK(record->headers[0].first == "h");
  CHECK_FALSE(record->headers[0].second.has_value());
}

TEST_CASE("in an envelope objects and numbers are JSON, and what is missing is null") {
  const auto record = parse_envelope(R"({"value":{"a":[1]},"key":12,"headers":{"x":"y"}})");
  REQUIRE(record.has_value());
  CHECK(record->value == R"({"a":[1]})");
  CHECK(record->key == "12");
  CHECK(record->headers[0].second == "y");
  CHECK_FALSE(record->partition.has_value());
  CHECK_FALSE(parse_envelope("{}")->value.has_value());
}

TEST_CASE("templates are filled") {
  CHECK(filled("id=%n at %d 100%% \\t|") == "id=7 at 1234 100% \t|");
  CHECK(filled("%r{5-5} %r{-3--3} %c{only}") == "5 -3 only");
  CHECK(filled("%s{4}").size() == 4);
  CHECK(filled("%r{x}") == "'%r{x}' is no range; write %r{1-100}");
  CHECK(filled("%s{9") == "the brace behind '%s' is not closed");
}

TEST_CASE("a path leads into objects and lists") {
  constexpr std::string_view kJson = R"({"a":{"b c":[1,2,{"d":3}]},"e-f":null})";
  CHECK(found(".", "[1]") == "[1]");
  CHECK(found(".a.\"b c\"[2].d", kJson) == "3");
  CHECK(found(".a.\"b c\"[-2]", kJson) == "2");
  CHECK(found(".a.[0]", kJson) == "nothing");
  CHECK(found(".e-f", kJson) == "null");
  CHECK(found(".a.x", kJson) == "nothing");
  CHECK(found(".[0]", "[7]") == "7");
  CHECK(found("a", kJson).starts_with("'a' is no path at 'a'"));
  CHECK(found(".a[x]", kJson).starts_with("'.a[x]' is no path at '[x]'"));
}

TEST_CASE("conditions compare with their own kind only") {
  CHECK(holds(".n >= 2", R"({"n":2.5})"));
  CHECK_FALSE(holds(".n < x", R"({"n":2})"));
  CHECK(holds(".n != 2", R"({"n":"2"})"));
  CHECK(holds(".\"a==b\"==1", R"({"a==b":1})"));
  CHECK_FALSE(holds(".gone", R"({"n":2})"));
  CHECK_FALSE(holds(".no", R"({"no":false})"));
  CHECK(holds(".gone == null", "{}"));
}

TEST_CASE("each decoding reads its own bytes and refuses others") {
  const auto text = [](std::string_view bytes, Decoding kind) {
    auto value = decode(as_bytes(bytes), kind);
    return value ? value->value.dump() : value.error().text;
  };
  CHECK(text(std::string_view("\xff\xfe", 2), Decoding::int16) == "-2");
  CHECK(text("abc", Decoding::int64) == "3 bytes are no int64, which has 8");
  CHECK(text("\xff", Decoding::text) == R"({"base64":"/w=="})");
  CHECK(text("{\"a\":1}", Decoding::json) == "{\"a\":1}");
  CHECK(text("\x93\x01\xc0\xc3", Decoding::msgpack) == "[1,null,true]");
  CHECK(parse_decoding("itn32").error().text.starts_with("'itn32' is no decoding, did you mean 'int32'?"));
}
