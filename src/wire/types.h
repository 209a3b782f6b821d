// Plain types that every message shares: how lengths are written, records, tagged fields nobody here knows, sizes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace streamline::wire {

class Reader;
class Writer;

/// How strings, bytes and arrays carry their length: int16/int32 (classic), or an unsigned varint of length + 1 from a
/// message's first flexible version on (compact, KIP-482).
enum class Encoding : std::uint8_t { classic, compact };

constexpr Encoding encoding_of(std::int16_t version, std::int16_t flexible_from) {
  return version >= flexible_from ? Encoding::compact : Encoding::classic;
}
/// kFlexibleFrom of a message that has no flexible version.
inline constexpr std::int16_t kNeverFlexible = INT16_MAX;

/// A tagged field that this side does not know; it is kept and written back (rule 9).
struct UnknownTag {
  std::uint32_t tag = 0;
  ByteView bytes{};
};

/// The value of a field of type `records`: record batches, as they are.
/// Decoded: a view into the frame. To encode: a view of memory, or `external` bytes that are sent separately
/// (sendfile) and of which only the length is written. The default is empty, not null.
struct Records {
  const std::byte* data = nullptr;
  std::uint32_t size = 0;
  bool null = false;
  bool external = false;

  ByteView bytes() const { return {data, external ? 0 : size}; }
  /// The same bytes for patching in place (base offset, leader epoch). Only for what was decoded from a frame that lies
  /// in a mutable buffer.
  MutableBytes mutable_bytes() const { return {const_cast<std::byte*>(data), external ? 0 : size}; }

  static Records none() { return {.null = true}; }
  static Records in_memory(ByteView batches) { return {.data = batches.data(), .size = static_cast<std::uint32_t>(batches.size())}; }
  static Records elsewhere(std::uint32_t bytes) { return {.size = bytes, .external = true}; }
};

/// Where external records belong in an encoded message.
struct Splice {
  /// Position in the Writer's buffer before which the bytes go.
  std::size_t offset = 0;
  /// Which of the message's `records` fields it is, counted from 0 in wire order over all of them, null and in-memory ones too.
  std::uint32_t index = 0;
  std::uint32_t size = 0;
};

}  // namespace streamline::wire
