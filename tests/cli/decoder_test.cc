// Avro and Protobuf by schema: what is decoded, what is refused, and bytes that mean no good. What other libraries write is in
// test_decoding.py.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "output/text.h"
#include "records/decoder.h"
#include "schemas/avro_decoder.h"
#include "schemas/avro_encoder.h"
#include "schemas/entries.h"
#include "schemas/proto_decoder.h"
#include "schemas/proto_encoder.h"
#include "schemas/proto_files.h"

using namespace streamline;
using namespace streamline::cli;
using namespace std::literals;

namespace {

std::string avro(std::string_view schema, std::string_view bytes) {
  auto parsed = AvroSchema::parse(schema);
  if (!parsed) return parsed.error().text;
  auto value = decode_avro(as_bytes(bytes), *parsed);
  return value ? value->value.dump() : value.error().text;
}

std::string schema_error(std::string_view schema) {
  auto parsed = AvroSchema::parse(schema);
  return parsed ? "" : parsed.error().text;
}

/// A folder of files that goes with the object.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "decoder-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file(const std::string& name, std::string_view text) const {
    const std::filesystem::path path = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }
  /// In the text it stands for the folder.
  std::string shortened(std::string text) const {
    for (std::size_t at = text.find(path_); at != std::string::npos; at = text.find(path_)) text.replace(at, path_.size(), "FOLDER");
    return text;
  }

 private:
  std::string path_;
};

std::string proto(std::string_view text, std::string_view bytes, std::string_view message = "") {
  const Folder folder;
  auto schema = load_proto_files(folder.file("it.proto", text));
  if (!schema) return folder.shortened(schema.error().text);
  auto index = schema->find(message);
  if (!index) return index.error().text;
  auto value = decode_proto(as_bytes(bytes), *schema, *index);
  return value ? value->value.dump() : value.error().text;
}

std::string random_text(std::mt19937_64& random, std::size_t most) {
  std::string text(random() % most, '\0');
  for (char& c : text) c = static_cast<char>(random() % 4 == 0 ? random() % 8 : random());
  return text;
}

std::string read_file(const std::string& name) {
  std::ifstream file(name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("Avro that ends early, goes on, or says what the schema does not know is refused with the place") {
  CHECK(avro(R"("string")",
             "\x0c"
             "abc") == "6 bytes at byte 1, where 3 are left");
  CHECK(avro(R"("string")",
             "\x02"
             "ab") == "1 bytes behind the value at byte 2");
  CHECK(avro(R"("string")", "\x01") == "a negative length before what stands at byte 1");
  CHECK(avro(R"("int")", "\x80\x80\x80\x80\x10") == "2147483648 at byte 0 is no int");
  CHECK(avro(R"("long")", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff") == "no number at byte 0");
  CHECK(avro(R"("boolean")", "\x02") == "no boolean before what stands at byte 1");
  CHECK(avro(R"(["null","int"])", "\x04") == "a union of 2 types has no type 2 at byte 0");
  CHECK(avro(R"({"type":"enum","name":"E","symbols":["A"]})", "\x02") == "enum 'E' has no symbol 1 at byte 0");
  CHECK(avro(R"({"type":"fixed","name":"F","size":9000000000000000000})", "abc") ==
        "9000000000000000000 bytes at byte 0, where 3 are left");
}

TEST_CASE("what takes no bytes is bounded") {
  // 2^40 nulls in seven bytes.
  CHECK(avro(R"({"type":"array","items":"null"})", "\x80\x80\x80\x80\x80\x80\x01") ==
        "more values than such a record can be meant to have at byte 7");
  CHECK(avro(R"({"type":"record","name":"R","fields":[{"name":"r","type":"R"}]})", "") == "nested deeper than 200 at byte 0");
  std::string wide = R"({"type":"record","name":"A0","fields":[]})";
  for (int i = 1; i < 60; ++i) {
    wide =
        fmt::format(R"({{"type":"record","name":"A{}","fields":[{{"name":"l","type":{}}},{{"name":"r","type":"A{}"}}]}})", i, wide, i - 1);
  }
  CHECK(avro(wide, "") == "more values than such a record can be meant to have at byte 0");
}

TEST_CASE("blocks of arrays and maps may tell their size") {
  CHECK(avro(R"({"type":"array","items":"int"})", {"\x03\x04\x02\x04\x02\x06\x00", 7}) == "[1,2,3]");
  CHECK(avro(R"({"type":"map","values":"int"})", {"\x04\x02"
                                                  "a\x02\x02"
                                                  "a\x04\x00",
                                                  8}) == R"({"a":2})");
}

TEST_CASE("what a number of Avro stands for is shown, and the number where no calendar has it") {
  CHECK(avro(R"({"type":"int","logicalType":"date"})", "\0"sv) == R"("1970-01-01")");
  CHECK(avro(R"({"type":"int","logicalType":"date"})", "\xff\xff\xff\xff\x0f") == "-2147483648");
  CHECK(avro(R"({"type":"long","logicalType":"timestamp-millis"})", "\x01") == R"("1969-12-31T23:59:59.999Z")");
  CHECK(avro(R"({"type":"long","logicalType":"local-timestamp-nanos"})", "\x02") == R"("1970-01-01T00:00:00.000000001")");
  CHECK(avro(R"({"type":"long","logicalType":"timestamp-micros"})", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") == "-9223372036854775808");
  CHECK(avro(R"({"type":"int","logicalType":"time-millis"})", "\x01") == "-1");
  CHECK(avro(R"({"type":"bytes","logicalType":"decimal","scale":3})", "\x02\xff") == R"("-0.001")");
  CHECK(avro(R"({"type":"bytes","logicalType":"decimal"})", "\x04\x01\x00"sv) == R"("256")");
  CHECK(avro(R"({"type":"fixed","name":"U","size":16,"logicalType":"uuid"})", "0123456789abcdef") ==
        R"("30313233-3435-3637-3839-616263646566")");
  CHECK(avro(R"({"type":"fixed","name":"D","size":12,"logicalType":"duration"})", "\x01\0\0\0\x02\0\0\0\x03\0\0\0"sv) ==
        R"({"months":1,"days":2,"millis":3})");
  // One that does not fit its type means nothing.
  CHECK(avro(R"({"type":"fixed","name":"D","size":3,"logicalType":"duration"})", "abc") == R"({"base64":"YWJj"})");
  CHECK(avro(R"({"type":"string","logicalType":"date"})",
             "\x02"
             "a") == R"("a")");
}

TEST_CASE("a schema of Avro that is none is refused with what is wrong") {
  CHECK(schema_error("{") == "the bytes are no JSON");
  CHECK(schema_error("7") == "7 is no type");
  CHECK(schema_error(R"("thing")") == "there is no type 'thing'");
  CHECK(schema_error("[]") == "a union has no types");
  CHECK(schema_error(R"({"type":"record","fields":[]})") == "a record has no \"name\"");
  CHECK(schema_error(R"({"type":"record","name":"R"})") == "record 'R' has no list of \"fields\"");
  CHECK(schema_error(R"({"type":"record","name":"R","namespace":"n","fields":[{"name":"a","type":"B"}]})") ==
        "field 'a' of record 'n.R': there is no type 'B'");
  CHECK(schema_error(R"({"type":"enum","name":"E","symbols":[1]})") == "enum 'E' has no list of \"symbols\"");
  CHECK(schema_error(R"({"type":"fixed","name":"F","size":-1})") == "fixed 'F' has no \"size\"");
  CHECK(schema_error(R"([{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"F","size":1}])") == "'F' is defined twice");
  CHECK(schema_error(R"({"type":"array"})") == "a array has no \"items\"");
}

TEST_CASE("Protobuf that is cut off or of another type is refused with the place") {
  constexpr std::string_view kSchema = "message M { string s = 1; int32 i = 2; M m = 3; repeated fixed32 f = 4; }";
  CHECK(proto(kSchema,
              "\x0a\x05"
              "ab") == "5 bytes at byte 2, where 2 are left");
  CHECK(proto(kSchema, "\x10") == "no number at byte 1");
  CHECK(proto(kSchema, "\x07") == "no field (number 0, wire type 7) at byte 0");
  CHECK(proto(kSchema, "\x08\x01") == "field 's' is of wire type 0 at byte 1, which it cannot be");
  CHECK(proto(kSchema, "\x1a\x03\x1a\x01\x10") == "no number at byte 5");
  CHECK(proto(kSchema,
              "\x22\x03"
              "abc") == "4 bytes at byte 2, where 3 are left");
  CHECK(proto(kSchema, "\x0c") == "the end of a group that has not begun at byte 1");
  CHECK(proto(kSchema, "\x0b\x08\x01") == "no number at byte 3");
  // Bytes that are no UTF-8 are marked, and what is not known is passed over.
  CHECK(proto(kSchema, "\x0a\x01\xff\x53\x08\x01\x54\x38\x05") == R"({"s":{"base64":"/w=="}})");
  CHECK(proto(kSchema, "") == "{}");
}

TEST_CASE("messages in messages are bounded") {
  std::string deep;
  for (int i = 0; i < 300; ++i) {
    std::string size;
    for (std::size_t rest = deep.size(); size.empty() || rest != 0; rest >>= 7)
      size += static_cast<char>((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    deep = "\x1a" + size + deep;
  }
  CHECK(proto("message M { M m = 3; }", deep).starts_with("nested deeper than 100 at byte "));
  std::string groups;
  for (int i = 0; i < 300; ++i) groups += "\x0b";
  CHECK(proto("message M { M m = 3; }", groups).starts_with("groups nested too deep at byte "));
}

TEST_CASE("a message in pieces is one, and the last of a oneof counts") {
  constexpr std::string_view kSchema =
      "message M { oneof o { int32 a = 1; string b = 2; } message N { int32 x = 1; int32 y = 2; } N n = 3; }";
  CHECK(proto(kSchema, "\x08\x01\x12\x01z", "M") == R"({"b":"z"})");
  CHECK(proto(kSchema, "\x1a\x02\x08\x01\x1a\x02\x10\x02", "M") == R"({"n":{"x":1,"y":2}})");
}

TEST_CASE("a .proto file that is none is refused with file and line") {
  CHECK(proto("syntax = \"proto3\";\n\nmessage M {\n  int32 = 1;\n}", "") == "FOLDER/it.proto:4: a field's name is wanted and not '='");
  CHECK(proto("message M { Thing t = 1; }", "") == "FOLDER/it.proto: field 't' of 'M': there is no type 'Thing'");
  CHECK(proto("message M { int32 i = 0; }", "") ==
        "FOLDER/it.proto:1: a field's number from 1 to 536870911 before it is wanted and not ';'");
  CHECK(proto("import \"not/there.proto\"; message M {}", "") ==
        "'not/there.proto' is imported, and lies neither in the folder of 'FOLDER/it.proto' nor above it");
  CHECK(proto("message M {", "") == "FOLDER/it.proto:1: a field's type is wanted and not the end of the file");
  CHECK(proto("hello", "") == "FOLDER/it.proto:1: a definition is wanted and not 'hello'");
  CHECK(proto("enum E { A = 0; }", "") == "FOLDER/it.proto has no message");
  CHECK(proto("message A {} message B {}", "") == "say which message it is behind a #: A, B");
  CHECK(proto("message A {} message B {}", "", "C") == "there is no message 'C'; the file has A, B");
  CHECK(proto("message A { message X {} } message B { message X {} }", "", "X") == "'X' may be 'A.X' or 'B.X'");
}

TEST_CASE("imports are found in the folders above, and may go in circles") {
  const Folder folder;
  folder.file("a/b/other.proto", "package p; import \"a/b/it.proto\"; message Other { M m = 1; }");
  const auto file = folder.file("a/b/it.proto", "package p; import \"a/b/other.proto\"; message M { Other o = 1; int32 i = 2; }");
  auto schema = load_proto_files(file);
  REQUIRE(schema.has_value());
  auto value = decode_proto(as_bytes("\x0a\x04\x0a\x02\x10\x07"), *schema, schema->find("").value());
  REQUIRE(value.has_value());
  CHECK(value->value.dump() == R"({"o":{"m":{"i":7}}})");
}

TEST_CASE("the registry's header is wanted where it was asked for, and its indexes choose the message") {
  const Folder folder;
  const auto file = folder.file("it.proto", "message A { int32 a = 1; message In { int32 i = 1; } } message B { int32 b = 1; }");
  auto chosen = Decoder::parse("registry-protobuf:" + file);
  REQUIRE(chosen.has_value());
  const auto text = [&](std::string_view bytes) {
    auto value = chosen->decode(as_bytes(bytes));
    return value ? value->value.dump() : value.error().text;
  };
  CHECK(text("\0\0\0\0\x09\0\x08\x01"sv) == R"({"a":1})");
  CHECK(text("\0\0\0\0\x09\x02\x02\x08\x01"sv) == R"({"b":1})");
  CHECK(text("\0\0\0\0\x09\x04\0\0\x08\x01"sv) == R"({"i":1})");
  CHECK(text("\0\0\0\0\x09\x02\x08\x08\x01"sv) == "the header names message 4 of 2");
  CHECK(text("\x08\x01") == "there is no header of a schema registry before the value");
  auto avro_schema = Decoder::parse("registry-avro:" + folder.file("it.avsc", "\"int\""));
  REQUIRE(avro_schema.has_value());
  CHECK(avro_schema->decode(as_bytes("\0\0\0\0\x09\x0a"sv))->value.dump() == "5");
}

TEST_CASE("a decoding that there is not is refused with the nearest") {
  CHECK(Decoder::parse("avrro:x.avsc").error().text.starts_with("'avrro:x.avsc' is no decoding, did you mean 'avro'?"));
  CHECK(Decoder::parse("avro").error().text == "'avro' needs a schema: avro:FILE");
  CHECK(Decoder::parse("avro:/no/such/file").error().text == "open /no/such/file: No such file or directory");
  CHECK(Decoder::parse("int32").has_value());
}

TEST_CASE("an object of many keys is made in time, the last of equal ones wins") {
  Entries entries;
  constexpr int kMany = 200'000;
  for (int i = 0; i < kMany; ++i) entries.put(std::to_string(i), i);
  entries.put("0", "last");
  const Json object = entries.take();
  CHECK(object.size() == kMany);
  CHECK(object.begin().value() == "last");
}

TEST_CASE("what is decoded can be encoded again") {
  const std::string folder = "tests/cli/schemas/";
  const Json records = Json::parse(read_file(folder + "records.json"));
  const auto bytes_of = [](const Json& record) {
    std::string bytes;
    const auto digits = record["bytes"].get<std::string>();
    for (std::size_t at = 0; at + 1 < digits.size(); at += 2) bytes += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
    return bytes;
  };
  auto order = Decoder::parse("avro:" + folder + "order.avsc");
  REQUIRE(order.has_value());
  for (const Json& record : records["avro"]) {
    auto encoded = order->encode(record["json"], 0);
    REQUIRE(encoded.has_value());
    // There is one way to write it, but for the blocks of lists.
    CHECK(*encoded == bytes_of(record));
  }
  for (const Json& record : records["protobuf"]) {
    auto file = Decoder::parse("protobuf:" + folder + "shop/" + record["file"].get<std::string>() + ".proto#" +
                               record["message"].get<std::string>());
    REQUIRE(file.has_value());
    auto encoded = file->encode(record["json"], 0);
    REQUIRE(encoded.has_value());
    auto again = file->decode(as_bytes(*encoded));
    REQUIRE(again.has_value());
    // Maps come last, and the order of keys means nothing.
    CHECK(nlohmann::json::parse(again->value.dump()) == nlohmann::json::parse(record["json"].dump()));
  }
}

TEST_CASE("what does not fit a schema is refused with its place") {
  const auto avro_error = [](std::string_view schema, std::string_view json) {
    auto encoded = encode_avro(Json::parse(json), AvroSchema::parse(schema).value());
    return encoded ? "" : encoded.error().text;
  };
  constexpr std::string_view kRecord =
      R"({"type":"record","name":"R","fields":[{"name":"a","type":{"type":"array","items":"int"}},{"name":"b","type":["null","string"],"default":null}]})";
  CHECK(avro_error(kRecord, R"({"a":[1,2,"x"]})") == "at .a[2]: \"x\" is no int");
  CHECK(avro_error(kRecord, R"({"a":[]})").empty());
  CHECK(avro_error(kRecord, R"({"b":null})") == "the field 'a' of 'R' is missing");
  CHECK(avro_error(kRecord, R"({"a":[],"c":1})") == "'R' has no field 'c'");
  CHECK(avro_error(kRecord, R"({"a":[],"b":7})") == "at .b: 7 is none of null, string");
  CHECK(avro_error(kRecord, R"({"a":[2147483648]})") == "at .a[0]: 2147483648 is no int");
  CHECK(avro_error(kRecord, R"({"a":[],"b":{"string":"x"}})").empty());
  CHECK(avro_error(R"("long")", "18446744073709551615") == "18446744073709551615 is no long");
  CHECK(avro_error(R"({"type":"int","logicalType":"date"})", R"("2026-02-30")") == "'2026-02-30' is no date such as 2026-01-31");
  CHECK(avro_error(R"({"type":"long","logicalType":"timestamp-millis"})", R"("2026-01-31T12:00:00.1234Z")") ==
        "'2026-01-31T12:00:00.1234Z' is no time such as 2026-01-31T12:00:00.123Z");
  CHECK(avro_error(R"({"type":"bytes","logicalType":"decimal","scale":2})", R"("1.234")") ==
        "'1.234' is no number with at most 2 digits behind its point");
  CHECK(avro_error(R"({"type":"fixed","name":"F","size":2})", R"("abc")") == "3 bytes are no 'F', which has 2");
  CHECK(avro_error(R"({"type":"fixed","name":"F","size":2,"logicalType":"decimal"})", R"({"base64":""})") ==
        "0 bytes are no 'F', which has 2");
  const auto proto_error = [](std::string_view json) {
    const Folder folder;
    auto schema = load_proto_files(
        folder.file("it.proto", "message M { int32 small_number = 1; repeated M m = 2; map<int32, bool> f = 3; bytes b = 4; }"));
    auto encoded = encode_proto(Json::parse(json), schema.value(), 0);
    return encoded ? "" : encoded.error().text;
  };
  CHECK(proto_error(R"({"small_number":"5","m":[{"smallNumber":6}],"f":{"1":true},"b":"AA=="})").empty());
  CHECK(proto_error(R"({"m":[{},{"smallNumber":2147483648}]})") == "at .m[1].smallNumber: 2147483648 is no int32");
  CHECK(proto_error(R"({"f":{"x":true}})") == "at .f.x: \"x\" is no int32");
  CHECK(proto_error(R"({"what":1})") == "'M' has no field 'what'");
  CHECK(proto_error("[]") == "[] is no M");
  CHECK(proto_error(R"({"m":[null]})") == "at .m[0]: null is no M");
}

TEST_CASE("decimals are as short as their sign allows") {
  const auto bytes_of = [](std::string_view text) {
    auto encoded = encode_avro(Json(text), AvroSchema::parse(R"({"type":"bytes","logicalType":"decimal","scale":1})").value());
    return encoded ? hex(as_bytes(*encoded)) : encoded.error().text;
  };
  CHECK(bytes_of("0") == "0200");
  CHECK(bytes_of("-0.0") == "0200");
  CHECK(bytes_of("12.7") == "027f");
  CHECK(bytes_of("12.8") == "040080");
  CHECK(bytes_of("-12.8") == "0280");
  CHECK(bytes_of("-12.9") == "04ff7f");
  CHECK(bytes_of("25.50") == "0400ff");
  CHECK(bytes_of("-25.6") == "04ff00");
}

TEST_CASE("random and damaged bytes are decoded or refused, and nothing else") {
  const std::string folder = "tests/cli/schemas/";
  const std::string avsc = read_file(folder + "order.avsc");
  auto avro_schema = AvroSchema::parse(avsc);
  REQUIRE(avro_schema.has_value());
  auto proto_schema = load_proto_files(folder + "shop/order.proto");
  REQUIRE(proto_schema.has_value());
  const std::size_t order = proto_schema->find("Order").value();
  const Json records = Json::parse(read_file(folder + "records.json"));
  std::mt19937_64 random(20260131);
  std::size_t decoded = 0;
  const auto try_both = [&](std::string_view bytes) {
    auto one = decode_avro(as_bytes(bytes), *avro_schema);
    auto other = decode_proto(as_bytes(bytes), *proto_schema, order);
    for (const auto* each : {&one, &other}) {
      if (!*each) continue;
      ++decoded;
      CHECK_FALSE((*each)->value.dump(-1, ' ', false, Json::error_handler_t::replace).empty());
    }
  };
  for (int i = 0; i < 500; ++i) try_both(random_text(random, 200));
  for (const char* kind : {"avro", "protobuf"}) {
    for (const Json& record : records[kind]) {
      std::string bytes;
      const auto digits = record["bytes"].get<std::string>();
      for (std::size_t at = 0; at + 1 < digits.size(); at += 2) bytes += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
      for (std::size_t size = 0; size <= bytes.size(); size += 3) try_both(bytes.substr(0, size));
      for (int i = 0; i < 100 && !bytes.empty(); ++i) {
        std::string damaged = bytes;
        for (std::uint64_t n = random() % 3; n <= 2; ++n) damaged[random() % damaged.size()] = static_cast<char>(random());
        try_both(damaged);
      }
    }
  }
  CHECK(decoded > 100);
}

TEST_CASE("damaged schemas are read or refused, and nothing else") {
  const std::string folder = "tests/cli/schemas/";
  const std::string avsc = read_file(folder + "order.avsc");
  const std::string text = read_file(folder + "shop/order.proto");
  const std::string set = read_file(folder + "shop/order.desc");
  REQUIRE(!set.empty());
  std::mt19937_64 random(20260131);
  const Folder scratch;
  std::size_t read = 0;
  const auto damaged = [&](std::string whole) {
    for (std::uint64_t n = random() % 4; n <= 3; ++n) {
      const std::size_t at = random() % whole.size();
      if (random() % 2 == 0)
        whole[at] = static_cast<char>(random());
      else
        whole.erase(at, random() % 20);
    }
    return whole;
  };
  for (int i = 0; i < 150; ++i) {
    read += AvroSchema::parse(damaged(avsc)).has_value() ? 1U : 0U;
    read += parse_descriptors(as_bytes(damaged(set))).has_value() ? 1U : 0U;
    scratch.file("shop/money.proto", "package shop.v1.money; message Amount {}");
    read += load_proto_files(scratch.file("shop/order.proto", damaged(text))).has_value() ? 1U : 0U;
  }
  CHECK(read > 10);
}
