// Kafka's ids and offsets as types, so that none is mistaken for another or for a file position.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace streamline {

/// A number that only mixes with its own kind. `value` is the plain number for the wire and the disk.
template <class Tag, class T>
struct Strong {
  T value{};
  constexpr Strong() = default;
  constexpr explicit Strong(T plain) : value(plain) {}
  friend constexpr auto operator<=>(Strong, Strong) = default;
};

/// Position of a record in a partition; the difference of two is a plain count.
struct Offset : Strong<struct OffsetTag, std::int64_t> {
  using Strong::Strong;
  friend constexpr auto operator<=>(Offset, Offset) = default;
  constexpr Offset& operator+=(std::int64_t count) { value += count; return *this; }
  friend constexpr Offset operator+(Offset offset, std::int64_t count) { return Offset(offset.value + count); }
  friend constexpr Offset operator-(Offset offset, std::int64_t count) { return Offset(offset.value - count); }
  friend constexpr std::int64_t operator-(Offset end, Offset begin) { return end.value - begin.value; }
};
inline constexpr Offset kNoOffset{-1};

struct LeaderEpoch : Strong<struct LeaderEpochTag, std::int32_t> {
  using Strong::Strong;
  friend constexpr auto operator<=>(LeaderEpoch, LeaderEpoch) = default;
};
struct ProducerId : Strong<struct ProducerIdTag, std::int64_t> {
  using Strong::Strong;
  friend constexpr auto operator<=>(ProducerId, ProducerId) = default;
};
inline constexpr ProducerId kNoProducerId{-1};
struct NodeId : Strong<struct NodeIdTag, std::int32_t> {
  using Strong::Strong;
  friend constexpr auto operator<=>(NodeId, NodeId) = default;
};

/// 16 bytes as on the wire, most significant first (Kafka's uuid). All zero means "none".
struct Uuid {
  std::array<std::byte, 16> bytes{};
  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
  bool is_zero() const { return *this == Uuid{}; }
  /// Random, version 4, never zero.
  static Uuid random();
  /// Kafka's text form: 22 characters of URL-safe base64 without padding.
  std::string to_string() const;
  static Result<Uuid> parse(std::string_view text);
};
using TopicId = Uuid;

}  // namespace streamline

template <>
struct std::hash<streamline::Uuid> {
  std::size_t operator()(const streamline::Uuid& id) const noexcept {
    std::size_t h = 0;
    for (std::byte b : id.bytes) h = (h ^ static_cast<std::size_t>(b)) * 0x100000001b3ULL;
    return h;
  }
};
template <>
struct std::hash<streamline::ProducerId> {
  std::size_t operator()(streamline::ProducerId id) const noexcept { return static_cast<std::size_t>(id.value) * 0x9e3779b97f4a7c15ULL; }
};
