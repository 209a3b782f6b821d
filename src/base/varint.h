// Variable-length integers of Kafka's protocol and records: base-128, least significant group first; the signed kinds are zigzag.
// Source: protocol guide, "Protocol Primitive Types" (UNSIGNED_VARINT, VARINT, VARLONG).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace streamline {

inline constexpr std::size_t kMaxVarint32Bytes = 5;
inline constexpr std::size_t kMaxVarint64Bytes = 10;

/// What a decode found. `size` is the number of bytes it took, 0 when the bytes end early or the number is too long.
template <class T>
struct Varint {
  T value = 0;
  std::size_t size = 0;
  explicit operator bool() const { return size != 0; }
};

constexpr std::uint32_t zigzag(std::int32_t value) {
  return (static_cast<std::uint32_t>(value) << 1) ^ static_cast<std::uint32_t>(value >> 31);
}
constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int32_t unzigzag(std::uint32_t value) { return static_cast<std::int32_t>((value >> 1) ^ (~(value & 1) + 1)); }
constexpr std::int64_t unzigzag(std::uint64_t value) { return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1)); }

namespace detail {
template <class T, std::size_t kMaxBytes>
inline Varint<T> read_base128(ByteView bytes) {
  T value = 0;
  const std::size_t limit = bytes.size() < kMaxBytes ? bytes.size() : kMaxBytes;
  for (std::size_t i = 0; i < limit; ++i) {
    const auto group = static_cast<T>(bytes[i]);
    value |= static_cast<T>((group & 0x7f) << (7 * i));
    if ((group & 0x80) != 0) continue;
    // The last possible byte may only carry the bits that are left (4 of 32, 1 of 64).
    if (i + 1 == kMaxBytes && (group >> (sizeof(T) * 8 - 7 * i)) != 0) return {};
    return {value, i + 1};
  }
  return {};
}
template <class T>
inline std::size_t write_base128(std::byte* at, T value) {
  std::size_t size = 0;
  while (value >= 0x80) {
    at[size++] = static_cast<std::byte>(value | 0x80);
    value = static_cast<T>(value >> 7);
  }
  at[size++] = static_cast<std::byte>(value);
  return size;
}
}  // namespace detail

/// Reads one number from the front of `bytes`. Numbers that do not fit their type are refused; needlessly long ones are read.
inline Varint<std::uint32_t> read_uvarint32(ByteView bytes) { return detail::read_base128<std::uint32_t, kMaxVarint32Bytes>(bytes); }
inline Varint<std::uint64_t> read_uvarint64(ByteView bytes) { return detail::read_base128<std::uint64_t, kMaxVarint64Bytes>(bytes); }
inline Varint<std::int32_t> read_varint32(ByteView bytes) {
  const auto raw = read_uvarint32(bytes);
  return {unzigzag(raw.value), raw.size};
}
inline Varint<std::int64_t> read_varint64(ByteView bytes) {
  const auto raw = read_uvarint64(bytes);
  return {unzigzag(raw.value), raw.size};
}

/// Writes at `at`, which has room for the largest form (kMaxVarint…Bytes); returns the bytes taken.
inline std::size_t write_uvarint32(std::byte* at, std::uint32_t value) { return detail::write_base128(at, value); }
inline std::size_t write_uvarint64(std::byte* at, std::uint64_t value) { return detail::write_base128(at, value); }
inline std::size_t write_varint32(std::byte* at, std::int32_t value) { return detail::write_base128(at, zigzag(value)); }
inline std::size_t write_varint64(std::byte* at, std::int64_t value) { return detail::write_base128(at, zigzag(value)); }

/// Bytes that write_… would take.
constexpr std::size_t uvarint_size(std::uint64_t value) { return (static_cast<std::size_t>(64 - __builtin_clzll(value | 1)) + 6) / 7; }
constexpr std::size_t varint_size(std::int32_t value) { return uvarint_size(zigzag(value)); }
constexpr std::size_t varint_size(std::int64_t value) { return uvarint_size(zigzag(value)); }

}  // namespace streamline
