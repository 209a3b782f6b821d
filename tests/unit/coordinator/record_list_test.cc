// Records of a turn, one behind the other.
#include "coordinator/record_list.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace streamline::coordinator {
namespace {

void add(RecordList& list, std::string_view key, std::optional<std::string_view> value) {
  const MutableBytes place = list.add(key.size(), value ? std::optional(value->size()) : std::nullopt);
  const std::string both = std::string(key) + std::string(value.value_or(""));
  std::transform(both.begin(), both.end(), place.begin(), [](char c) { return std::byte(c); });
}

std::string text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

TEST_CASE("records keep their keys and values") {
  RecordList list;
  add(list, "k1", "value");
  add(list, "key2", "");
  REQUIRE(list.size() == 2);
  CHECK(text(list[0].key) == "k1");
  CHECK(text(*list[0].value) == "value");
  CHECK(text(list[1].key) == "key2");
  CHECK(text(*list[1].value).empty());
  CHECK(list.bytes() == 11);
}

TEST_CASE("a tombstone has no value") {
  RecordList list;
  add(list, "k", std::nullopt);
  CHECK(text(list[0].key) == "k");
  CHECK_FALSE(list[0].value);
}

TEST_CASE("a record says in whose transaction it is written") {
  RecordList list;
  add(list, "k", "v");
  const TransactionalWriter writer{.id = ProducerId(7), .epoch = 2};
  list.add(1, 1, writer);
  CHECK(list[0].writer == TransactionalWriter{});
  CHECK(list[1].writer == writer);
}

TEST_CASE("a cleared list is empty and takes records again") {
  RecordList list;
  add(list, "k", "v");
  list.clear();
  CHECK(list.empty());
  CHECK(list.bytes() == 0);
  add(list, "l", "w");
  CHECK(text(list[0].key) == "l");
}

}  // namespace
}  // namespace streamline::coordinator
