// Headers by key and version, the tables of APIs and error codes, and prefixed records.
#include "wire/frame.h"

#include <catch2/catch.hpp>
#include <vector>

#include "wire/error_code.h"
#include "wire/messages/offset_commit_key.h"
#include "wire/messages/offset_commit_value.h"
#include "wire/record_codec.h"

namespace streamline::wire {
namespace {

std::vector<std::byte> frame_of(const RequestHeader& header, std::int16_t header_version) {
  std::vector<std::byte> frame(header.encoded_size(header_version));
  Writer out(frame);
  header.encode(out, header_version);
  return frame;
}

TEST_CASE("rule 2: key and version choose the request header, and the client id stays an old string") {
  Arena arena;
  const RequestHeader classic{.api_key = 0, .api_version = 8, .correlation_id = 7, .client_id = "me"};
  const auto old_frame = frame_of(classic, 1);
  CHECK(old_frame.size() == 2 + 2 + 4 + 2 + 2);
  const auto old_header = decode_request_header(old_frame, arena);
  REQUIRE(old_header.has_value());
  CHECK(old_header->client_id == "me");
  CHECK(old_header->size == old_frame.size());

  const RequestHeader flexible{.api_key = 0, .api_version = 9, .correlation_id = 8, .client_id = std::nullopt};
  const auto new_frame = frame_of(flexible, 2);
  CHECK(new_frame.size() == 2 + 2 + 4 + 2 + 1);
  const auto new_header = decode_request_header(new_frame, arena);
  REQUIRE(new_header.has_value());
  CHECK(new_header->correlation_id == 8);
  CHECK(new_header->client_id == std::nullopt);
  CHECK(new_header->size == new_frame.size());
}

TEST_CASE("rule 2: a version beyond the schema's still has a readable header") {
  Arena arena;
  const auto frame = frame_of({.api_key = 18, .api_version = 99, .correlation_id = 3, .client_id = "new"}, 2);
  const auto header = decode_request_header(frame, arena);
  REQUIRE(header.has_value());
  CHECK(header->api_version == 99);
  CHECK(header->client_id == "new");
}

TEST_CASE("rule 3: the ApiVersions response header is always version 0") {
  const ApiVersions* api_versions = find_api(18);
  const ApiVersions* fetch = find_api(1);
  REQUIRE(api_versions != nullptr);
  REQUIRE(fetch != nullptr);
  CHECK(response_header_version(*api_versions, 4) == 0);
  CHECK(response_header_version(*fetch, 11) == 0);
  CHECK(response_header_version(*fetch, 12) == 1);
}

TEST_CASE("a header of an unknown key is unsupported, a cut one malformed") {
  Arena arena;
  const auto unknown = frame_of({.api_key = 999, .api_version = 0, .correlation_id = 1, .client_id = "x"}, 1);
  CHECK(decode_request_header(unknown, arena).error().code == Errc::unsupported);
  const auto good = frame_of({.api_key = 3, .api_version = 12, .correlation_id = 1, .client_id = "x"}, 2);
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(decode_request_header(ByteView(good).first(size), arena).error().code == Errc::malformed);
  }
}

TEST_CASE("rule 9: tagged fields of a request header are stepped over") {
  Arena arena;
  const std::vector<std::byte> payload(3);
  const std::vector<UnknownTag> tags{{.tag = 4, .bytes = payload}};
  auto frame = frame_of({.api_key = 3, .api_version = 9, .correlation_id = 1, .client_id = "x", .unknown_tags = tags}, 2);
  const std::size_t header_size = frame.size();
  frame.resize(header_size + 10);
  const auto header = decode_request_header(frame, arena);
  REQUIRE(header.has_value());
  CHECK(header->size == header_size);
}

TEST_CASE("every API of the table has its own row") {
  for (const ApiVersions& api : kApis) {
    CHECK(find_api(static_cast<std::int16_t>(api.key)) == &api);
    CHECK(to_string(api.key) == api.name);
    CHECK(api.min <= api.max);
  }
  CHECK(find_api(4) == nullptr);
  CHECK(find_api(-1) == nullptr);
  CHECK(find_api(52) == nullptr);
  CHECK(to_string(ApiKey::list_offsets) == "ListOffsets");
}

TEST_CASE("error codes have Kafka's numbers, names and retriable flags") {
  CHECK(static_cast<int>(ErrorCode::unknown_server_error) == -1);
  CHECK(static_cast<int>(ErrorCode::share_session_limit_reached) == 133);
  CHECK(to_string(ErrorCode::offset_out_of_range) == "OFFSET_OUT_OF_RANGE");
  CHECK(error_code_named("KAFKA_STORAGE_ERROR") == ErrorCode::kafka_storage_error);
  CHECK(error_code_named("NOT_AN_ERROR") == std::nullopt);
  CHECK(is_retriable(ErrorCode::corrupt_message));
  CHECK_FALSE(is_retriable(ErrorCode::none));
  for (std::int16_t number = -1; number <= 133; ++number) {
    const auto code = error_code_of(number);
    REQUIRE(code.has_value());
    CHECK(error_code_named(to_string(*code)) == code);
  }
  CHECK(error_code_of(134) == std::nullopt);
  CHECK(error_code_of(-2) == std::nullopt);
}

TEST_CASE("a coordinator record is a typed key and a versioned value") {
  Arena arena;
  OffsetCommitKey key;
  key.group = "g";
  key.topic = "t";
  key.partition = 5;
  const auto key_bytes = encode_key(key);
  CHECK(decode_prefix(key_bytes).value() == OffsetCommitKey::kRecordType);
  CHECK(decode_key<OffsetCommitKey>(key_bytes, arena)->partition == 5);

  OffsetCommitValue value;
  value.offset = 42;
  value.metadata = "m";
  const auto value_bytes = encode_versioned(value, 3);
  CHECK(decode_prefix(value_bytes).value() == 3);
  const auto again = decode_versioned<OffsetCommitValue>(value_bytes, arena);
  REQUIRE(again.has_value());
  CHECK(again->offset == 42);
  CHECK(again->metadata == "m");
}

TEST_CASE("a record of another type, of an unknown version, or without a prefix is refused") {
  Arena arena;
  const std::vector<std::byte> other{std::byte{0}, std::byte{9}};
  CHECK(decode_key<OffsetCommitKey>(other, arena).error().code == Errc::unsupported);
  CHECK(decode_versioned<OffsetCommitValue>(other, arena).error().code == Errc::unsupported);
  const ByteView one_byte = ByteView(other).first(1);
  CHECK(decode_key<OffsetCommitKey>(one_byte, arena).error().code == Errc::malformed);
  CHECK(decode_versioned<OffsetCommitValue>(one_byte, arena).error().code == Errc::malformed);
  CHECK(decode_prefix(one_byte).error().code == Errc::malformed);
}

}  // namespace
}  // namespace streamline::wire
