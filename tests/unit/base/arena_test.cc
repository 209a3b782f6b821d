// Memory of a turn: alignment, growth, and what reset() keeps.
#include "base/arena.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>

using namespace streamline;

namespace {
bool is_aligned(const void* at, std::size_t to) { return reinterpret_cast<std::uintptr_t>(at) % to == 0; }
}  // namespace

TEST_CASE("an arena's arrays are value-initialised, aligned and apart") {
  Arena arena;
  const auto bytes = arena.make_array<char>(3);
  const auto numbers = arena.make_array<std::int64_t>(4);
  CHECK(is_aligned(numbers.data(), alignof(std::int64_t)));
  for (const std::int64_t number : numbers) CHECK(number == 0);
  CHECK(static_cast<const void*>(numbers.data()) >= bytes.data() + bytes.size());
  CHECK(arena.make_array<int>(0).empty());
  CHECK(*arena.make<int>() == 0);
}

TEST_CASE("what an arena handed out stays where it is while it grows") {
  Arena arena;
  std::vector<std::span<std::uint32_t>> arrays;
  for (std::uint32_t i = 0; i < 200; ++i) {
    arrays.push_back(arena.make_array<std::uint32_t>(1000));
    std::ranges::fill(arrays.back(), i);
  }
  for (std::uint32_t i = 0; i < 200; ++i) {
    CHECK(std::ranges::all_of(arrays[i], [i](std::uint32_t value) { return value == i; }));
  }
}

TEST_CASE("a steady load settles on one block") {
  Arena arena;
  for (int round = 0; round < 3; ++round) {
    arena.reset();
    for (int i = 0; i < 10; ++i) static_cast<void>(arena.allocate(10'000, 16));
  }
  arena.reset();
  const auto* first = static_cast<const std::byte*>(arena.allocate(10'000, 16));
  for (int i = 1; i < 10; ++i) CHECK(static_cast<const std::byte*>(arena.allocate(10'000, 16)) == first + i * 10'000);
}

TEST_CASE("a request larger than any block is served, and its memory is given back") {
  Arena arena(1024);
  const auto large = arena.make_array<std::byte>(1 << 20);
  large.back() = std::byte{1};
  arena.reset();
  CHECK(arena.make_array<std::byte>(1 << 20).back() == std::byte{0});
}

TEST_CASE("a copied text outlives its source") {
  Arena arena;
  std::string source = "orders";
  const std::string_view copy = arena.copy(source);
  source = "------";
  CHECK(copy == "orders");
  CHECK(arena.copy("").empty());
}
