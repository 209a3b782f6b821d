// metadata.json: its bytes, and what is refused.
#include "catalog/topic_file.h"

#include <catch2/catch.hpp>

namespace streamline::catalog {

namespace {
constexpr std::string_view kGolden =
    R"({"configs":{"cleanup.policy":"compact","retention.ms":"5"},"created":1700000000000,"format":1,"id":"AAECAwQFBgcICQoLDA0ODw","partitions":3})"
    "\n";

Topic sample() {
  Topic topic;
  for (std::size_t i = 0; i < topic.id.bytes.size(); ++i) topic.id.bytes[i] = static_cast<std::byte>(i);
  topic.partition_count = 3;
  topic.created_ms = 1'700'000'000'000;
  topic.configs = {{"retention.ms", "5"}, {"cleanup.policy", "compact"}};
  return topic;
}
std::string refusal(std::string text) {
  const Result<Topic> read = read_topic_file(text);
  return read ? "accepted" : read.error().text;
}
/// The golden file with one piece replaced.
std::string altered(std::string_view piece, std::string_view by) {
  std::string text(kGolden);
  const std::size_t at = text.find(piece);
  REQUIRE(at != std::string::npos);
  return text.replace(at, piece.size(), by);
}
}  // namespace

TEST_CASE("the file has golden bytes and reads back equal") {
  CHECK(write_topic_file(sample()) == kGolden);
  const Result<Topic> read = read_topic_file(kGolden);
  REQUIRE(read.has_value());
  CHECK(read->id == sample().id);
  CHECK(read->partition_count == 3);
  CHECK(read->created_ms == 1'700'000'000'000);
  CHECK(read->configs == sample().configs);
}

TEST_CASE("a file cut at any byte is refused") {
  for (std::size_t length = 0; length + 1 < kGolden.size(); ++length) {
    INFO(length);
    REQUIRE_FALSE(read_topic_file(kGolden.substr(0, length)).has_value());
  }
}

TEST_CASE("a newer format, wrong types and values out of range are named") {
  CHECK(refusal(altered("\"format\":1", "\"format\":2")) == "format 2; this version knows 1");
  CHECK(read_topic_file(altered("\"format\":1", "\"format\":2")).error().code == Errc::unsupported);
  CHECK(refusal(altered("\"partitions\":3", "\"partitions\":0")) == "\"partitions\" is out of range");
  CHECK(refusal(altered("\"partitions\":3", "\"partitions\":18446744073709551615")) == "\"partitions\" is out of range");
  CHECK(refusal(altered("\"partitions\":3", "\"partitions\":\"3\"")) == "\"partitions\" is not a whole number");
  CHECK(refusal(altered("AAECAwQFBgcICQoLDA0ODw", "AAAAAAAAAAAAAAAAAAAAAA")) == "\"id\" is not a topic id");
  CHECK(refusal(altered("AAECAwQFBgcICQoLDA0ODw", "x")) == "\"id\" is not a topic id");
  CHECK(refusal(altered("\"5\"", "5")) == "config \"retention.ms\" is not a text");
  CHECK(refusal(altered("\"created\":1700000000000,", "")) == "\"created\" is not a whole number");
  CHECK(refusal("[]") == "not a JSON object");
  CHECK(refusal("\xff\xfe") == "not a whole JSON object: it goes wrong at byte 1 of 2");
}

TEST_CASE("a config with odd bytes is still written as JSON") {
  Topic topic = sample();
  topic.configs = {{"leader.replication.throttled.replicas", "\xff"}};
  CHECK(read_topic_file(write_topic_file(topic)).has_value());
}

}  // namespace streamline::catalog
