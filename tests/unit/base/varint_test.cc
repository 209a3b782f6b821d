// Varints at the edges of their types, and refused ones.
#include "base/varint.h"

#include <array>
#include <catch2/catch.hpp>
#include <limits>

using namespace streamline;

namespace {

using Buffer = std::array<std::byte, kMaxVarint64Bytes>;

template <std::size_t N>
std::array<std::byte, N> bytes_of(const int (&numbers)[N]) {
  std::array<std::byte, N> bytes;
  for (std::size_t i = 0; i < N; ++i) bytes[i] = static_cast<std::byte>(numbers[i]);
  return bytes;
}

}  // namespace

TEST_CASE("zigzag interleaves negative and positive numbers") {
  CHECK(zigzag(0) == 0);
  CHECK(zigzag(-1) == 1);
  CHECK(zigzag(1) == 2);
  CHECK(zigzag(std::numeric_limits<std::int32_t>::min()) == 0xffffffffU);
  CHECK(unzigzag(zigzag(std::numeric_limits<std::int64_t>::min())) == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("varints of 32 bits come back and take the size foretold") {
  for (std::int32_t value : {0, 1, -1, 63, 64, -64, -65, 8191, 8192, 1 << 20, std::numeric_limits<std::int32_t>::max(),
                             std::numeric_limits<std::int32_t>::min()}) {
    Buffer buffer{};
    const std::size_t size = write_varint32(buffer.data(), value);
    CHECK(size == varint_size(value));
    const auto read = read_varint32(ByteView(buffer).first(size));
    CHECK(read.value == value);
    CHECK(read.size == size);
    CHECK_FALSE(read_varint32(ByteView(buffer).first(size - 1)));
  }
}

TEST_CASE("varints of 64 bits come back and take the size foretold") {
  for (std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 40, std::numeric_limits<std::int64_t>::max(),
                             std::numeric_limits<std::int64_t>::min()}) {
    Buffer buffer{};
    const std::size_t size = write_varint64(buffer.data(), value);
    CHECK(size == varint_size(value));
    const auto read = read_varint64(ByteView(buffer).first(size));
    CHECK(read.value == value);
    CHECK(read.size == size);
    CHECK_FALSE(read_varint64(ByteView(buffer).first(size - 1)));
  }
}

TEST_CASE("golden bytes of unsigned varints") {
  Buffer buffer{};
  CHECK(write_uvarint32(buffer.data(), 300) == 2);
  CHECK(buffer[0] == std::byte{0xac});
  CHECK(buffer[1] == std::byte{0x02});
  CHECK(write_uvarint32(buffer.data(), 0xffffffffU) == kMaxVarint32Bytes);
  CHECK(buffer[4] == std::byte{0x0f});
  CHECK(write_uvarint64(buffer.data(), ~0ULL) == kMaxVarint64Bytes);
  CHECK(buffer[9] == std::byte{0x01});
}

TEST_CASE("a varint beyond its type, or without an end, is refused") {
  CHECK_FALSE(read_uvarint32(bytes_of({0xff, 0xff, 0xff, 0xff, 0x1f})));
  CHECK_FALSE(read_uvarint32(bytes_of({0x80, 0x80, 0x80, 0x80, 0x80, 0x00})));
  CHECK_FALSE(read_uvarint64(bytes_of({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02})));
  CHECK_FALSE(read_uvarint32({}));
}

TEST_CASE("a needlessly long varint is read") {
  const auto read = read_uvarint32(bytes_of({0x81, 0x80, 0x00}));
  CHECK(read.value == 1);
  CHECK(read.size == 3);
}
