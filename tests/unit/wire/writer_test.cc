// Writer and SizeCounter: sizes agree with what is written; external records leave a splice.
#include "wire/writer.h"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

#include "wire/messages/fetch.h"
#include "wire/messages/metadata.h"
#include "wire/messages/produce.h"
#include "wire/reader.h"

namespace streamline::wire {
namespace {

TEST_CASE("varints take as many bytes as are counted, and come back") {
  for (const std::uint32_t value : {0U, 1U, 127U, 128U, 16383U, 16384U, 2097151U, 2097152U, 268435455U, 268435456U, 0xffffffffU}) {
    std::vector<std::byte> bytes(uvarint_size(value));
    Writer out(bytes);
    out.unsigned_varint(value);
    CHECK(out.written() == bytes.size());
    CHECK(Reader(bytes).unsigned_varint() == value);
  }
}

TEST_CASE("zigzag numbers come back") {
  for (const std::int64_t value : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0}, std::int64_t{1},
                                   std::int64_t{1} << 40, std::numeric_limits<std::int64_t>::max()}) {
    std::vector<std::byte> bytes(10);
    Writer out(bytes);
    out.varlong(value);
    CHECK(out.written() == uvarint_size(zigzag(value)));
    CHECK(Reader(bytes).varlong() == value);
  }
  for (const std::int32_t value : {std::numeric_limits<std::int32_t>::min(), -1, 0, 64, std::numeric_limits<std::int32_t>::max()}) {
    std::vector<std::byte> bytes(5);
    Writer out(bytes);
    out.varint(value);
    CHECK(Reader(bytes).varint() == value);
  }
}

TEST_CASE("rule 10: null and empty are told apart in both encodings") {
  const auto written = [](Encoding encoding, const std::optional<std::string_view>& text) {
    SizeCounter size;
    put_nullable_string(size, encoding, text);
    std::vector<std::byte> bytes(size.memory);
    Writer out(bytes);
    put_nullable_string(out, encoding, text);
    return bytes;
  };
  CHECK(written(Encoding::compact, std::nullopt) == std::vector{std::byte{0}});
  CHECK(written(Encoding::compact, "") == std::vector{std::byte{1}});
  CHECK(written(Encoding::classic, std::nullopt) == std::vector{std::byte{0xff}, std::byte{0xff}});
  CHECK(written(Encoding::classic, "") == std::vector{std::byte{0}, std::byte{0}});
}

TEST_CASE("null in a version that has no null is written as the empty value") {
  MetadataRequest request;
  request.topics.reset();
  std::vector<std::byte> bytes(request.encoded_size(0));
  Writer out(bytes);
  request.encode(out, 0);
  CHECK(bytes == std::vector<std::byte>(4));
}

TEST_CASE("external records leave their length and a splice, and count apart") {
  const std::vector<std::byte> inline_bytes(3, std::byte{0xab});
  Arena arena;
  FetchResponse response;
  response.responses = arena.make_array<FetchResponse::FetchableTopicResponse>(1);
  response.responses[0].partitions = arena.make_array<FetchResponse::PartitionData>(4);
  auto& partitions = response.responses[0].partitions;
  partitions[0].records = Records::in_memory(inline_bytes);
  partitions[1].records = Records::elsewhere(1000);
  partitions[2].records = Records::none();
  partitions[3].records = Records::elsewhere(7);

  const SizeCounter size = response.measure(12);
  CHECK(size.external == 1007);
  CHECK(response.encoded_size(12) == size.memory);
  std::vector<std::byte> bytes(size.memory);
  std::vector<Splice> splices;
  Writer out(bytes, &splices);
  response.encode(out, 12);
  CHECK(out.written() == size.memory);
  CHECK(out.external_bytes() == 1007);
  REQUIRE(splices.size() == 2);
  CHECK(splices[0].index == 1);
  CHECK(splices[0].size == 1000);
  CHECK(splices[1].index == 3);

  // With the bytes put in at the splices, the message reads as one.
  std::vector<std::byte> whole = bytes;
  whole.insert(whole.begin() + static_cast<std::ptrdiff_t>(splices[1].offset), 7, std::byte{2});
  whole.insert(whole.begin() + static_cast<std::ptrdiff_t>(splices[0].offset), 1000, std::byte{1});
  Reader in(whole);
  const auto again = FetchResponse::decode(in, 12, arena);
  REQUIRE(again.has_value());
  CHECK(in.remaining() == 0);
  const auto read = again->responses[0].partitions;
  CHECK(read[0].records.size == 3);
  CHECK(read[1].records.bytes().back() == std::byte{1});
  CHECK(read[2].records.null);
  CHECK(read[3].records.bytes().front() == std::byte{2});
}

TEST_CASE("fields that a version lacks are left out and keep their default when read") {
  Arena arena;
  ProduceRequest request;
  request.transactional_id = "t";
  request.acks = -1;
  std::vector<std::byte> bytes(request.encoded_size(2));
  Writer out(bytes);
  request.encode(out, 2);
  Reader in(bytes);
  const auto again = ProduceRequest::decode(in, 2, arena);
  REQUIRE(again.has_value());
  CHECK(again->acks == -1);
  CHECK(again->transactional_id == std::nullopt);
}

}  // namespace
}  // namespace streamline::wire
