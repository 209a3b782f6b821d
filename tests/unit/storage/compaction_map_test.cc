// The offset map and the digest that stands for a key.
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "storage/compaction/key_digest.h"
#include "storage/compaction/offset_map.h"

namespace streamline::storage {
namespace {

/// The secret of the published vectors: bytes 0 to 15.
KeyHasher published_hasher() { return KeyHasher({0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL}); }

TEST_CASE("the digest is SipHash-2-4 with 128 bits", "[compaction]") {
  const KeyDigest of_nothing = published_hasher()({});
  CHECK(of_nothing == KeyDigest{0xe6a825ba047f81a3ULL, 0x930255c71472f66dULL});
  const std::byte zero[] = {std::byte{0}};
  CHECK(published_hasher()(zero) == KeyDigest{0x44af996bd8c187daULL, 0x45fc229b11597634ULL});
}

TEST_CASE("each hasher has a secret of its own", "[compaction]") {
  CHECK_FALSE(KeyHasher::random()(as_bytes("key")) == KeyHasher::random()(as_bytes("key")));
}

TEST_CASE("keys of every length have different digests", "[compaction]") {
  std::set<std::uint64_t> seen;
  std::string key;
  for (int length = 0; length < 100; ++length, key.push_back('\0')) CHECK(seen.insert(published_hasher()(as_bytes(key)).low).second);
}

TEST_CASE("a map remembers the last offset of each key", "[compaction]") {
  OffsetMap map({.most_keys = 1000}, KeyHasher::random());
  for (std::int64_t i = 0; i < 3000; ++i) REQUIRE(map.put(as_bytes("key-" + std::to_string(i % 1000)), Offset(i)));
  CHECK(map.size() == 1000);
  for (std::int64_t i = 0; i < 1000; ++i) CHECK(map.find(as_bytes("key-" + std::to_string(i))) == Offset(2000 + i));
  CHECK_FALSE(map.find(as_bytes("key-1000")));
}

TEST_CASE("a full map takes known keys and refuses new ones", "[compaction]") {
  OffsetMap map({.memory_bytes = 100 * OffsetMap::kSlotBytes, .load_factor = 0.5}, KeyHasher::random());
  REQUIRE(map.capacity() == 50);
  for (int i = 0; i < 50; ++i) REQUIRE(map.put(as_bytes(std::to_string(i)), Offset(i)));
  CHECK_FALSE(map.put(as_bytes("new"), Offset(50)));
  CHECK(map.put(as_bytes("7"), Offset(51)));
  CHECK(map.find(as_bytes("7")) == Offset(51));
  CHECK_FALSE(map.find(as_bytes("new")));
}

TEST_CASE("the smallest map holds a key, so that every round gets on", "[compaction]") {
  OffsetMap map({.memory_bytes = 0}, KeyHasher::random());
  CHECK(map.capacity() == 1);
  CHECK(map.put(as_bytes(""), Offset(0)));
  CHECK(map.find(as_bytes("")) == Offset(0));
}

TEST_CASE("a map takes no more memory than its keys need, and holds as many as it was made for", "[compaction]") {
  for (const std::uint64_t keys : {1U, 2U, 9U, 10U, 11U, 1000U, 12345U}) {
    OffsetMap map({.most_keys = keys}, KeyHasher::random());
    CHECK(map.capacity() >= keys);
    CHECK(map.capacity() <= keys + 2);
  }
}

}  // namespace
}  // namespace streamline::storage
