// Reader: every primitive at its edges, and what it refuses.
#include "wire/reader.h"

#include <catch2/catch.hpp>
#include <initializer_list>
#include <limits>
#include <vector>

#include "wire/arrays.h"

namespace streamline::wire {
namespace {

std::vector<std::byte> bytes_of(std::initializer_list<unsigned> values) {
  std::vector<std::byte> bytes;
  for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

/// The text of the failure, or "ok".
std::string outcome(const Reader& in) { return in.ok() ? "ok" : in.status().error().text; }

TEST_CASE("numbers are big-endian") {
  const auto bytes = bytes_of({0xff, 0x01, 0x02, 0x80, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff});
  Reader in(bytes);
  CHECK(in.int8() == -1);
  CHECK(in.int16() == 0x0102);
  CHECK(in.int32() == std::numeric_limits<std::int32_t>::min());
  CHECK(in.int64() == -2);
  CHECK(in.uint16() == 0xffff);
  CHECK(in.remaining() == 0);
  CHECK(outcome(in) == "ok");
}

TEST_CASE("a float64 is the bits of a double") {
  const auto bytes = bytes_of({0x3f, 0xf8, 0, 0, 0, 0, 0, 0});
  Reader in(bytes);
  CHECK(in.float64() == 1.5);
}

TEST_CASE("a read past the end gives zero, and the first failure stays") {
  const auto bytes = bytes_of({1, 2, 3});
  Reader in(bytes);
  CHECK(in.int16() == 0x0102);
  CHECK(in.int32() == 0);
  CHECK(in.int8() == 0);
  CHECK(in.string(Encoding::classic).empty());
  CHECK(outcome(in) == "a number is cut off at byte 2");
  CHECK(in.status().error().code == Errc::malformed);
}

TEST_CASE("unsigned varints take up to five bytes and 32 bits") {
  struct Row {
    std::vector<std::byte> bytes;
    std::uint32_t value;
    std::string result;
  };
  const std::vector<Row> rows{
      {bytes_of({0x00}), 0, "ok"},
      {bytes_of({0x7f}), 127, "ok"},
      {bytes_of({0x80, 0x01}), 128, "ok"},
      {bytes_of({0x80, 0x00}), 0, "ok"},
      {bytes_of({0xff, 0xff, 0xff, 0xff, 0x0f}), 0xffffffff, "ok"},
      {bytes_of({0xff, 0xff, 0xff, 0xff, 0x1f}), 0, "a varint is too long at byte 5"},
      {bytes_of({0x80, 0x80, 0x80, 0x80, 0x80, 0x00}), 0, "a varint is too long at byte 5"},
      {bytes_of({0x80}), 0, "a varint is cut off at byte 1"},
      {bytes_of({}), 0, "a varint is cut off at byte 0"},
  };
  for (const Row& row : rows) {
    Reader in(row.bytes);
    CHECK(in.unsigned_varint() == row.value);
    CHECK(outcome(in) == row.result);
  }
}

TEST_CASE("zigzag varints and varlongs reach both ends") {
  const auto bytes = bytes_of({0x01, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xfe, 0xff, 0xff, 0xff, 0x0f,  //
                               0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01});
  Reader in(bytes);
  CHECK(in.varint() == -1);
  CHECK(in.varint() == std::numeric_limits<std::int32_t>::min());
  CHECK(in.varint() == std::numeric_limits<std::int32_t>::max());
  CHECK(in.varlong() == std::numeric_limits<std::int64_t>::min());
  CHECK(outcome(in) == "ok");
}

TEST_CASE("a varlong of more than 64 bits is refused") {
  const auto bytes = bytes_of({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02});
  Reader in(bytes);
  CHECK(in.varlong() == 0);
  CHECK(outcome(in) == "a varint is too long at byte 10");
}

TEST_CASE("rule 10: a compact length of 0 is null and of 1 is empty") {
  const auto null = bytes_of({0});
  const auto empty = bytes_of({1});
  CHECK(Reader(null).nullable_string(Encoding::compact) == std::nullopt);
  CHECK(Reader(empty).nullable_string(Encoding::compact) == "");
  CHECK_FALSE(Reader(null).nullable_bytes(Encoding::compact).has_value());
  CHECK(Reader(empty).nullable_bytes(Encoding::compact)->empty());
  CHECK(Reader(null).nullable_records(Encoding::compact).null);
  CHECK_FALSE(Reader(empty).nullable_records(Encoding::compact).null);
  Arena arena;
  Reader null_array(null);
  CHECK_FALSE(read_nullable_array<std::int32_t>(null_array, Encoding::compact, 0, arena).has_value());
  Reader empty_array(empty);
  CHECK(read_nullable_array<std::int32_t>(empty_array, Encoding::compact, 0, arena)->empty());
}

TEST_CASE("rule 10: a classic length of -1 is null, and below it malformed") {
  const auto null = bytes_of({0xff, 0xff});
  const auto below = bytes_of({0xff, 0xfe});
  CHECK(Reader(null).nullable_string(Encoding::classic) == std::nullopt);
  Reader in(below);
  CHECK(in.nullable_string(Encoding::classic) == "");
  CHECK(outcome(in) == "negative length at byte 2");
}

TEST_CASE("rule 10: null where the field has no null is malformed") {
  const auto compact = bytes_of({0});
  const auto classic = bytes_of({0xff, 0xff, 0xff, 0xff});
  Arena arena;
  Reader string(compact);
  CHECK(string.string(Encoding::compact).empty());
  CHECK(outcome(string) == "null in a field that must not be null at byte 1");
  Reader bytes(classic);
  CHECK(bytes.bytes(Encoding::classic).empty());
  CHECK(outcome(bytes) == "null in a field that must not be null at byte 4");
  Reader array(classic);
  CHECK(read_array<std::int64_t>(array, Encoding::classic, 0, arena).empty());
  CHECK(outcome(array) == "null in an array that must not be null at byte 4");
}

TEST_CASE("strings and bytes are views into the frame") {
  const auto bytes = bytes_of({0x00, 0x02, 'h', 'i', 0x03, 0xaa, 0xbb});
  Reader in(bytes);
  const std::string_view text = in.string(Encoding::classic);
  CHECK(text == "hi");
  CHECK(static_cast<const void*>(text.data()) == bytes.data() + 2);
  CHECK(in.bytes(Encoding::compact).data() == bytes.data() + 5);
}

TEST_CASE("a string longer than its frame or than 32767 bytes is malformed") {
  const auto cut = bytes_of({0x00, 0x05, 'a'});
  Reader in(cut);
  CHECK(in.string(Encoding::classic).empty());
  CHECK(outcome(in) == "bytes are cut off at byte 2");
  std::vector<std::byte> huge(40000);
  huge[0] = std::byte{0x81};  // 32768 + 1
  huge[1] = std::byte{0x80};
  huge[2] = std::byte{0x02};
  Reader large(huge);
  CHECK(large.string(Encoding::compact).empty());
  CHECK(outcome(large) == "a string is longer than 32767 bytes at byte 3");
}

TEST_CASE("rule 11: an array cannot have more items than bytes are left") {
  const auto claims = bytes_of({0x7f, 0xff, 0xff, 0xff, 1, 2, 3, 4});
  Arena arena;
  Reader classic(claims);
  CHECK(read_array<std::int32_t>(classic, Encoding::classic, 0, arena).empty());
  CHECK(outcome(classic) == "an array has more items than bytes are left at byte 4");
  const auto two = bytes_of({0x03, 1, 2, 3, 4, 5, 6, 7});
  Reader compact(two);
  CHECK(read_array<std::int32_t>(compact, Encoding::compact, 0, arena).empty());
  CHECK(outcome(compact) == "an array has more items than bytes are left at byte 1");
}

TEST_CASE("rule 11: the arrays of one message together cannot take more memory than the limit") {
  const std::vector<std::byte> frame(64 * 1024);
  std::vector<std::byte> count = bytes_of({0x00, 0x00, 0x80, 0x00});  // 32768 items
  std::vector<std::byte> message = count;
  message.insert(message.end(), count.begin(), count.end());
  message.insert(message.end(), frame.begin(), frame.end());
  constexpr std::size_t kItem = Reader::kMaxArrayBytes / 32768;
  Reader in(message);
  CHECK(in.array_count(Encoding::classic, {.wire = 1, .memory = kItem}) == 32768);
  CHECK(in.array_count(Encoding::classic, {.wire = 1, .memory = 1}) == 0);
  CHECK(outcome(in) == "arrays take too much memory at byte 8");
}

TEST_CASE("a nullable struct starts with 1 or -1") {
  const auto bytes = bytes_of({0x01, 0xff, 0x00});
  Reader in(bytes);
  CHECK(in.nullable_struct_follows());
  CHECK_FALSE(in.nullable_struct_follows());
  CHECK(outcome(in) == "ok");
  CHECK_FALSE(in.nullable_struct_follows());
  CHECK(outcome(in) == "a nullable struct is neither there nor null at byte 3");
}

TEST_CASE("records of a decoded frame can be patched in place") {
  auto bytes = bytes_of({0, 0, 0, 2, 7, 8});
  Reader in(bytes);
  const Records records = in.records(Encoding::classic);
  records.mutable_bytes()[0] = std::byte{9};
  CHECK(bytes == bytes_of({0, 0, 0, 2, 9, 8}));
}

}  // namespace
}  // namespace streamline::wire
