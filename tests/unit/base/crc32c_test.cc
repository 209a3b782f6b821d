// The three ways of computing CRC-32C against published values and each other.
#include "base/crc32c.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace streamline;

namespace {

std::vector<std::byte> random_bytes(std::size_t size, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> bytes(size);
  for (auto& b : bytes) b = static_cast<std::byte>(random());
  return bytes;
}

}  // namespace

TEST_CASE("crc32c gives the values of RFC 3720") {
  CHECK(crc32c(as_bytes("123456789")) == 0xe3069283);
  CHECK(crc32c(std::vector<std::byte>(32)) == 0x8a9136aa);
  CHECK(crc32c(std::vector<std::byte>(32, std::byte{0xff})) == 0x62a8ab43);
  std::vector<std::byte> rising(32);
  for (std::size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<std::byte>(i);
  CHECK(crc32c(rising) == 0x46dd794e);
  CHECK(crc32c({}) == 0);
}

TEST_CASE("every way of computing crc32c agrees with the table at every length and alignment") {
  const auto bytes = random_bytes(5000, 1);
  for (std::size_t size = 0; size <= 3000; size += size < 300 ? 1 : 37) {
    for (std::size_t start : {0U, 1U, 7U, 13U}) {
      const ByteView part = ByteView(bytes).subspan(start, size);
      const auto expected = crc32c_bytewise(part, 77);
      REQUIRE(crc32c(part, 77) == expected);
      REQUIRE(crc32c_baseline(part, 77) == expected);
    }
  }
}

TEST_CASE("crc32c of long input agrees with the table") {
  const auto bytes = random_bytes(300'001, 2);
  for (std::size_t size : {12'287U, 12'288U, 65'536U, 300'001U}) {
    const ByteView part = ByteView(bytes).first(size);
    CHECK(crc32c(part) == crc32c_bytewise(part));
    CHECK(crc32c_baseline(part) == crc32c_bytewise(part));
  }
}

TEST_CASE("crc32c goes on from the checksum of what came before") {
  const auto bytes = random_bytes(4096, 3);
  for (std::size_t cut : {0U, 1U, 100U, 1500U, 4096U}) {
    CHECK(crc32c(ByteView(bytes).subspan(cut), crc32c(ByteView(bytes).first(cut))) == crc32c(bytes));
  }
}

TEST_CASE("crc32c_combine joins two checksums without the bytes") {
  const auto bytes = random_bytes(70'000, 4);
  for (std::size_t cut : {0U, 1U, 8U, 4096U, 69'999U, 70'000U}) {
    const auto a = crc32c(ByteView(bytes).first(cut));
    const auto b = crc32c(ByteView(bytes).subspan(cut));
    CHECK(crc32c_combine(a, b, bytes.size() - cut) == crc32c(bytes));
  }
}
