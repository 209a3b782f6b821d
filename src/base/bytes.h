// Views of bytes, and big- and little-endian numbers at any alignment.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace streamline {

using ByteView = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

inline ByteView as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

namespace detail {
template <std::integral T>
constexpr T byte_swapped(T value) {
  if constexpr (sizeof(T) == 1) return value;
  else if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
  else if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
  else return static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
}
}  // namespace detail

static_assert(std::endian::native == std::endian::little, "the baseline is x86-64");

/// Reads sizeof(T) bytes at `at`; the caller has checked that they are there.
template <std::integral T>
T load_le(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}
template <std::integral T>
T load_be(const std::byte* at) { return detail::byte_swapped(load_le<T>(at)); }
template <std::integral T>
void store_le(std::byte* at, T value) { std::memcpy(at, &value, sizeof(T)); }
template <std::integral T>
void store_be(std::byte* at, T value) { store_le(at, detail::byte_swapped(value)); }

}  // namespace streamline
