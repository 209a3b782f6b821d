// One message of the formats before batches (magic 0 and 1): its layout, reading with its checksum, writing.
// Layout (big-endian): offset 8, size 4 of what follows, CRC-32 4 over what follows it, magic 1, attributes 1, timestamp 8 (magic 1
// only), key length 4 (-1 null), key, value length 4 (-1 null), value. A message set is messages back to back, and its last one may be
// cut. A compressed message, the wrapper, has a message set as its value; its offset is that of the last message inside, and in magic 1
// the offsets inside count from 0 (KIP-31), its timestamp is the highest inside (KIP-32).
// Source: Kafka's documentation, "Old Message Format". Any thread may call these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "record/batch.h"

namespace streamline::record::legacy {

/// Offset and size: what the size does not count.
inline constexpr std::size_t kPrefixBytes = 12;
/// Magic lies at the same place in every format, a batch's too.
inline constexpr std::size_t kMagicAt = 16;
/// Size of a message of magic 0 with neither key nor value: nothing is shorter.
inline constexpr std::int32_t kSmallestSize = 14;
inline constexpr std::int8_t kNewestMagic = 1;

struct Message {
  Offset offset{0};
  std::int8_t magic = kNewestMagic;
  std::int8_t attributes = 0;
  /// kNoTimestamp in magic 0.
  std::int64_t timestamp = kNoTimestamp;
  std::optional<ByteView> key{};
  std::optional<ByteView> value{};

  Codec codec() const { return static_cast<Codec>(attributes & kCodecMask); }
  TimestampType timestamp_type() const {
    return (attributes & kLogAppendTimeBit) != 0 ? TimestampType::log_append_time : TimestampType::create_time;
  }
  /// The whole message, prefix included.
  std::size_t encoded_size() const;
  friend bool operator==(const Message&, const Message&);
};

/// Whether `set` begins with a batch of format 2; false when it is too short to tell.
bool begins_with_batch(ByteView set);

/// The message at the front of `set`; key and value are views into it. Nothing when it is cut.
/// Errors: corrupt (size, magic, checksum, or lengths that do not fit).
Result<std::optional<Message>> read_message(ByteView set);

/// Appends the message with its checksum; attributes, timestamp and magic as they stand.
void append_message(std::vector<std::byte>& out, const Message& message);

}  // namespace streamline::record::legacy
