// Tagged fields: known and unknown ones, in order and out of it.
#include "wire/tags.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "wire/messages/api_versions.h"
#include "wire/messages/fetch.h"

namespace streamline::wire {
namespace {

std::vector<std::byte> bytes_of(std::initializer_list<unsigned> values) {
  std::vector<std::byte> bytes;
  for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

/// Reads tag fields that nobody knows; gives "tag:size" of each, or the failure.
std::string unknown_tags_in(const std::vector<std::byte>& bytes) {
  Arena arena;
  Reader in(bytes);
  std::string text;
  for (const UnknownTag& field : read_unknown_tags(in, arena)) {
    text += std::to_string(field.tag) + ":" + std::to_string(field.bytes.size()) + " ";
  }
  return in.ok() ? text : in.status().error().text;
}

TEST_CASE("rule 9: unknown tagged fields are kept") {
  CHECK(unknown_tags_in(bytes_of({0})) == "");
  CHECK(unknown_tags_in(bytes_of({2, 0, 1, 0xaa, 0x80, 0x01, 0})) == "0:1 128:0 ");
}

TEST_CASE("rule 9: tagged fields that repeat or go back are malformed") {
  CHECK(unknown_tags_in(bytes_of({2, 1, 0, 1, 0})) == "tagged fields do not ascend at byte 5");
  CHECK(unknown_tags_in(bytes_of({2, 5, 0, 4, 0})) == "tagged fields do not ascend at byte 5");
}

TEST_CASE("rule 9, rule 11: counts and sizes of tagged fields are held against the bytes left") {
  CHECK(unknown_tags_in(bytes_of({0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0})) == "more tagged fields than bytes are left at byte 5");
  CHECK(unknown_tags_in(bytes_of({1, 0, 3, 0xaa})) == "a tagged field is longer than the bytes left at byte 3");
}

/// An ApiVersions v3 response without keys, with `tags` as its tagged fields.
std::string api_versions_with(std::initializer_list<unsigned> tags) {
  auto bytes = bytes_of({0, 0, 1, 0, 0, 0, 0});
  const auto tail = bytes_of(tags);
  bytes.insert(bytes.end(), tail.begin(), tail.end());
  Arena arena;
  Reader in(bytes);
  const auto response = ApiVersionsResponse::decode(in, 3, arena);
  if (!response) return response.error().text;
  return "epoch " + std::to_string(response->finalized_features_epoch) + ", unknown " + std::to_string(response->unknown_tags.size());
}

TEST_CASE("rule 9: a known tagged field must be as long as it says") {
  CHECK(api_versions_with({1, 1, 8, 0, 0, 0, 0, 0, 0, 0, 7}) == "epoch 7, unknown 0");
  CHECK(api_versions_with({1, 1, 9, 0, 0, 0, 0, 0, 0, 0, 7, 0}) ==
        "ApiVersionsResponse v3: a tagged field is shorter than its size at byte 18");
  CHECK(api_versions_with({1, 1, 7, 0, 0, 0, 0, 0, 0, 0, 7}) == "ApiVersionsResponse v3: a number is cut off at byte 10");
}

TEST_CASE("rule 9: an unknown tag after known ones leaves these as they are") {
  CHECK(api_versions_with({2, 1, 8, 0, 0, 0, 0, 0, 0, 0, 7, 9, 1, 0xaa}) == "epoch 7, unknown 1");
}

TEST_CASE("unknown tags are written where their number belongs") {
  const std::vector<std::byte> payload = bytes_of({0xcc});
  std::vector<UnknownTag> unknown{{.tag = 5, .bytes = payload}};
  ApiVersionsResponse response;
  response.finalized_features_epoch = 7;
  response.unknown_tags = unknown;
  std::vector<std::byte> bytes(response.encoded_size(3));
  Writer out(bytes);
  response.encode(out, 3);
  CHECK(bytes == bytes_of({0, 0, 1, 0, 0, 0, 0, 2, 1, 8, 0, 0, 0, 0, 0, 0, 0, 7, 5, 1, 0xcc}));
}

TEST_CASE("a known tag of a later version is kept as an unknown one") {
  // FetchRequest: tag 1 (replica state) exists from version 15 on.
  FetchRequest fetch;
  std::vector<std::byte> bytes(fetch.encoded_size(12));
  Writer out(bytes);
  fetch.encode(out, 12);
  bytes.back() = std::byte{1};
  const auto tail = bytes_of({1, 1, 0xee});
  bytes.insert(bytes.end(), tail.begin(), tail.end());
  Arena arena;
  Reader in(bytes);
  const auto again = FetchRequest::decode(in, 12, arena);
  REQUIRE(again.has_value());
  REQUIRE(again->unknown_tags.size() == 1);
  CHECK(again->unknown_tags[0].tag == 1);
  CHECK(again->replica_state.all_default());
}

}  // namespace
}  // namespace streamline::wire
