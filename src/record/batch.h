// The 61-byte header of a v2 record batch (magic 2): its layout, reading, patching in place, and the checksum.
// Layout (big-endian): base offset 8, batch length 4, leader epoch 4, magic 1, crc 4, attributes 2, last offset delta 4,
// base timestamp 8, max timestamp 8, producer id 8, producer epoch 2, base sequence 4, record count 4, then the records.
// The CRC covers everything from the attributes on; base offset and leader epoch may be patched without touching it.
// Source: Kafka's documentation, "Message Format". Any thread may call these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace streamline::record {

inline constexpr std::size_t kBatchHeaderBytes = 61;
/// Base offset and batch length: what the batch length does not count.
inline constexpr std::size_t kBatchPrefixBytes = 12;
/// First byte under the CRC.
inline constexpr std::size_t kCrcStart = 21;
inline constexpr std::int8_t kMagic = 2;
inline constexpr std::int64_t kNoTimestamp = -1;
inline constexpr std::int32_t kNoSequence = -1;
inline constexpr std::int16_t kNoProducerEpoch = -1;

/// Values 5 to 7 of the attributes' codec bits stand for nothing; such a Codec may be read, is_known() tells.
enum class Codec : std::uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };
constexpr bool is_known(Codec codec) { return codec <= Codec::zstd; }
/// Kafka's name ("none", "gzip", …); "unknown" for the rest.
std::string_view to_string(Codec codec);
Result<Codec> parse_codec(std::string_view name);

enum class TimestampType : std::uint8_t { create_time = 0, log_append_time = 1 };

inline constexpr std::int16_t kCodecMask = 0x07;
inline constexpr std::int16_t kLogAppendTimeBit = 0x08;
inline constexpr std::int16_t kTransactionalBit = 0x10;
inline constexpr std::int16_t kControlBit = 0x20;
inline constexpr std::int16_t kDeleteHorizonBit = 0x40;

/// `count` sequence numbers after `sequence`; after 2^31 - 1 comes 0 (rule 47).
constexpr std::int32_t sequence_after(std::int32_t sequence, std::int32_t count) {
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(sequence) + static_cast<std::uint32_t>(count)) & 0x7fffffffU);
}

struct BatchHeader {
  Offset base_offset{0};
  std::int32_t batch_length = 0;
  LeaderEpoch leader_epoch{-1};
  std::int8_t magic = kMagic;
  std::uint32_t crc = 0;
  std::int16_t attributes = 0;
  std::int32_t last_offset_delta = 0;
  /// With has_delete_horizon() this is the horizon, not a record's time.
  std::int64_t base_timestamp = kNoTimestamp;
  std::int64_t max_timestamp = kNoTimestamp;
  ProducerId producer_id = kNoProducerId;
  std::int16_t producer_epoch = kNoProducerEpoch;
  std::int32_t base_sequence = kNoSequence;
  std::int32_t record_count = 0;

  Codec codec() const { return static_cast<Codec>(attributes & kCodecMask); }
  TimestampType timestamp_type() const {
    return (attributes & kLogAppendTimeBit) != 0 ? TimestampType::log_append_time : TimestampType::create_time;
  }
  bool is_transactional() const { return (attributes & kTransactionalBit) != 0; }
  bool is_control() const { return (attributes & kControlBit) != 0; }
  bool has_delete_horizon() const { return (attributes & kDeleteHorizonBit) != 0; }
  bool has_producer_id() const { return producer_id.value >= 0; }
  Offset last_offset() const { return base_offset + last_offset_delta; }
  Offset next_offset() const { return base_offset + last_offset_delta + 1; }
  /// Whole batch, header included.
  std::size_t size_bytes() const { return kBatchPrefixBytes + static_cast<std::size_t>(batch_length); }
  /// Sequence of the last record, wrapped; kNoSequence when the batch has none.
  std::int32_t last_sequence() const { return base_sequence < 0 ? kNoSequence : sequence_after(base_sequence, last_offset_delta); }
  friend bool operator==(const BatchHeader&, const BatchHeader&) = default;
};

/// Reads a header from the front of `bytes`, which may end anywhere behind the header.
/// Errors: malformed (fewer than 61 bytes, a length below 49, negative counts), unsupported (magic 0 or 1), corrupt (other magic).
Result<BatchHeader> read_batch_header(ByteView bytes);
/// Writes the 61 bytes at `at`; header.crc as it stands.
void write_batch_header(std::byte* at, const BatchHeader& header);

/// Patches of a batch in place. Neither lies under the CRC.
void patch_base_offset(std::byte* batch, Offset base_offset);
void patch_leader_epoch(std::byte* batch, LeaderEpoch epoch);

struct TimestampPatch {
  TimestampType type = TimestampType::log_append_time;
  std::int64_t max_timestamp = kNoTimestamp;
};
/// Sets the timestamp type and max timestamp and makes the CRC right again, at a cost that does not depend on the records'
/// size. `batch` is the whole batch, its CRC checked before.
void patch_max_timestamp_and_type(MutableBytes batch, TimestampPatch patch);

/// CRC over attributes to end of `batch`, which is exactly one whole batch.
std::uint32_t compute_crc(ByteView batch);
/// corrupt when the stored CRC differs; `batch` is exactly one whole batch.
Status check_crc(ByteView batch);

}  // namespace streamline::record
