// What readers of committed data are told to drop, over any range, against counting by hand.
#include "storage/aborted_index.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>

#include "base/crc32c.h"

namespace streamline::storage {
namespace {

using Found = std::vector<AbortedTransaction>;

AbortedTransaction aborted(std::int64_t producer, std::int64_t first, std::int64_t marker, std::int64_t last_stable) {
  return {.producer_id = ProducerId(producer), .first = Offset(first), .marker = Offset(marker), .last_stable = Offset(last_stable)};
}

Found collected(const AbortedIndex& index, std::int64_t from, std::int64_t up_to) {
  Found found;
  static_cast<void>(index.collect(Offset(from), Offset(up_to), found));
  sort_for_readers(found);
  return found;
}

/// Two transactions, one inside the other: 1 from 10 to 29, 2 from 15 to 20.
AbortedIndex nested() {
  AbortedIndex index;
  index.add(aborted(2, 15, 20, 10));
  index.add(aborted(1, 10, 29, 30));
  return index;
}

TEST_CASE("a range has the transactions that reach into it, by their first offset") {
  const AbortedIndex index = nested();
  const Found both = {aborted(1, 10, 29, 30), aborted(2, 15, 20, 10)};
  CHECK(collected(index, 0, 100) == both);
  CHECK(collected(index, 18, 19) == both);
  CHECK(collected(index, 20, 21) == both);
}

TEST_CASE("a range before and one behind have none") {
  CHECK(collected(nested(), 0, 10).empty());
  CHECK(collected(nested(), 30, 100).empty());
}

TEST_CASE("a range in between has the one that is still open there") {
  CHECK(collected(nested(), 10, 15) == Found{aborted(1, 10, 29, 30)});
  CHECK(collected(nested(), 21, 25) == Found{aborted(1, 10, 29, 30)});
  CHECK(collected(nested(), 29, 30) == Found{aborted(1, 10, 29, 30)});
}

TEST_CASE("the search ends where nothing later can reach into the range") {
  Found found;
  CHECK(nested().collect(Offset(0), Offset(10), found) == AbortedIndex::Search::ended);
  CHECK(nested().collect(Offset(0), Offset(30), found) == AbortedIndex::Search::ended);
  CHECK(nested().collect(Offset(0), Offset(31), found) == AbortedIndex::Search::goes_on);
  CHECK(AbortedIndex().collect(Offset(0), Offset(1), found) == AbortedIndex::Search::goes_on);
}

TEST_CASE("what a cut takes back is forgotten") {
  AbortedIndex index = nested();
  index.cut(Offset(30));
  CHECK(index.all().size() == 2);
  index.cut(Offset(29));
  CHECK(index.all().size() == 1);
  index.cut(Offset(0));
  CHECK(index.empty());
}

TEST_CASE("an index is read back as it was written") {
  for (const AbortedIndex& index : {AbortedIndex(), nested()}) {
    const auto read = AbortedIndex::decode(index.encode());
    REQUIRE(read);
    CHECK(std::ranges::equal(read->all(), index.all()));
  }
}

TEST_CASE("the file has this form") {
  AbortedIndex index;
  index.add(aborted(1, 2, 3, 4));
  const auto bytes = index.encode();
  REQUIRE(bytes.size() == 48);
  CHECK(as_text(ByteView(bytes).first(4)) == "STTX");
  CHECK(load_le<std::uint16_t>(bytes.data() + 4) == 1);
  CHECK(load_le<std::uint32_t>(bytes.data() + 8) == 1);
  for (std::size_t i = 0; i < 4; ++i) CHECK(load_le<std::int64_t>(bytes.data() + 12 + 8 * i) == static_cast<std::int64_t>(i + 1));
  CHECK(load_le<std::uint32_t>(bytes.data() + 44) == crc32c(ByteView(bytes).first(44)));
}

TEST_CASE("a changed byte is noticed wherever it is") {
  const auto bytes = nested().encode();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto changed = bytes;
    changed[i] ^= std::byte{1};
    const auto read = AbortedIndex::decode(changed);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::corrupt);
  }
}

TEST_CASE("a file that ends early is noticed wherever it ends") {
  const auto bytes = nested().encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(AbortedIndex::decode(ByteView(bytes).first(size)));
}

TEST_CASE("a file of another version, and one that lies, are told apart") {
  auto bytes = nested().encode();
  const auto seal = [&] { store_le(bytes.data() + bytes.size() - 4, crc32c(ByteView(bytes).first(bytes.size() - 4))); };
  store_le(bytes.data() + 4, std::uint16_t{2});
  seal();
  CHECK(AbortedIndex::decode(bytes).error().code == Errc::unsupported);
  store_le(bytes.data() + 4, std::uint16_t{1});
  store_le(bytes.data() + 8, std::uint32_t{3});
  seal();
  CHECK(AbortedIndex::decode(bytes).error().text == "an index of aborted transactions of a wrong length");
  store_le(bytes.data() + 8, std::uint32_t{2});
  store_le(bytes.data() + 12 + 16, std::int64_t{29});
  seal();
  CHECK(AbortedIndex::decode(bytes).error().text == "an index of aborted transactions out of order");
}

TEST_CASE("random transactions: every range is what looking at each offset gives") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    std::map<std::int64_t, std::int64_t> open;  // producer to first offset
    AbortedIndex index;
    std::int64_t offset = 0;
    for (; offset < 60; ++offset) {
      const auto producer = static_cast<std::int64_t>(random() % 4);
      const auto mine = open.find(producer);
      if (mine == open.end()) {
        open[producer] = offset;
      } else if (random() % 3 == 0) {
        const std::int64_t first = mine->second;
        open.erase(mine);
        std::int64_t stable = offset + 1;
        for (const auto& [other, since] : open) stable = std::min(stable, since);
        if (random() % 2 == 0) index.add(aborted(producer, first, offset, stable));
      }
    }
    for (std::int64_t from = 0; from < offset; ++from) {
      for (std::int64_t up_to = from; up_to <= offset; ++up_to) {
        Found expected;
        for (const AbortedTransaction& each : index.all()) {
          if (each.marker.value >= from && each.first.value < up_to) expected.push_back(each);
        }
        sort_for_readers(expected);
        REQUIRE(collected(index, from, up_to) == expected);
      }
    }
  }
}

}  // namespace
}  // namespace streamline::storage
