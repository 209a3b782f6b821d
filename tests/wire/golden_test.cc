// Our codecs against Kafka's: every golden must come out as it went in.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "support/allocations.h"
#include "wire/codecs.h"
#include "wire/goldens.h"
#include "wire/messages/fetch.h"
#include "wire/messages/produce.h"

namespace streamline::wire {
namespace {

TEST_CASE("every message has goldens in every version, and every golden a message") {
  std::map<std::pair<std::string, std::int16_t>, int> have;
  std::vector<std::string> wrong;
  for (const Golden& golden : goldens()) {
    ++have[{golden.name, golden.version}];
    const Codec* codec = find_codec(golden.name);
    if (codec == nullptr || golden.version < codec->min || golden.version > codec->max) wrong.push_back(golden.label());
  }
  for (const Codec& codec : codecs()) {
    // Ours: Kafka has no classes to make goldens of them; own_messages_test.cc has their bytes.
    if (codec.name.starts_with("DescribeConnections") || codec.name.starts_with("CloseConnections")) continue;
    for (std::int16_t version = codec.min; version <= codec.max; ++version) {
      if (have[{std::string(codec.name), version}] != kGoldensPerVersion)
        wrong.push_back(std::string(codec.name) + " v" + std::to_string(version));
    }
  }
  CHECK(wrong == std::vector<std::string>{});
  CHECK(codecs().size() > 200);
}

TEST_CASE("rule 9, rule 10: what Kafka wrote is read to its end and written back byte for byte") {
  std::vector<std::string> wrong;
  Arena arena;
  for (const Golden& golden : goldens()) {
    arena.reset();
    Reader in(golden.bytes);
    const auto again = find_codec(golden.name)->again(in, golden.version, arena);
    if (!again)
      wrong.push_back(again.error().text);
    else if (in.remaining() != 0)
      wrong.push_back(golden.label() + " has bytes left over");
    else if (*again != golden.bytes)
      wrong.push_back(golden.label() + " comes out differently");
  }
  CHECK(wrong == std::vector<std::string>{});
}

TEST_CASE("a version below or above the schema's is refused") {
  Arena arena;
  std::vector<std::string_view> accepted;
  for (const Codec& codec : codecs()) {
    if (codec.name.ends_with("Header")) continue;  // chosen by table, never from the wire
    for (const int version : {codec.min - 1, codec.max + 1}) {
      Reader in({});
      const Status status = codec.decode(in, static_cast<std::int16_t>(version), arena);
      if (status || status.error().code != Errc::unsupported) accepted.push_back(codec.name);
    }
  }
  CHECK(accepted == std::vector<std::string_view>{});
}

TEST_CASE("decoding Produce and Fetch takes no heap once the arena is warm") {
  Arena arena;
  std::vector<std::string> wrong;
  const std::set<std::string> hot{"ProduceRequest", "FetchRequest", "RequestHeader"};
  for (const Golden& golden : goldens()) {
    if (!hot.contains(golden.name)) continue;
    const Codec* codec = find_codec(golden.name);
    Reader warm(golden.bytes);
    CHECK(codec->decode(warm, golden.version, arena).has_value());
    arena.reset();
    Reader in(golden.bytes);
    const std::uint64_t before = test::allocations().count;
    const bool decoded = codec->decode(in, golden.version, arena).has_value();
    if (test::allocations().count != before || !decoded) wrong.push_back(golden.label());
    arena.reset();
  }
  CHECK(wrong == std::vector<std::string>{});
}

}  // namespace
}  // namespace streamline::wire
