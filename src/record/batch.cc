// Reading, writing and patching of the batch header, field by field.
#include "record/batch.h"

#include <fmt/format.h>

#include <array>

#include "base/crc32c.h"

namespace streamline::record {

namespace {

constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kLeaderEpochAt = 12;
constexpr std::size_t kMagicAt = 16;
constexpr std::size_t kCrcAt = 17;
constexpr std::size_t kAttributesAt = 21;
constexpr std::size_t kLastOffsetDeltaAt = 23;
constexpr std::size_t kBaseTimestampAt = 27;
constexpr std::size_t kMaxTimestampAt = 35;
constexpr std::size_t kProducerIdAt = 43;
constexpr std::size_t kProducerEpochAt = 51;
constexpr std::size_t kBaseSequenceAt = 53;
constexpr std::size_t kRecordCountAt = 57;
static_assert(kAttributesAt == kCrcStart);
static_assert(kRecordCountAt + sizeof(std::int32_t) == kBatchHeaderBytes);

}  // namespace

std::string_view to_string(Codec codec) {
  switch (codec) {
    case Codec::none: return "none";
    case Codec::gzip: return "gzip";
    case Codec::snappy: return "snappy";
    case Codec::lz4: return "lz4";
    case Codec::zstd: return "zstd";
  }
  return "unknown";
}

Result<Codec> parse_codec(std::string_view name) {
  for (const Codec codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    if (name == to_string(codec)) return codec;
  }
  return fail(Errc::invalid_argument, fmt::format("unknown codec '{}'; known are none, gzip, snappy, lz4, zstd", name));
}

Result<BatchHeader> read_batch_header(ByteView bytes) {
  if (bytes.size() < kBatchHeaderBytes) {
    return fail(Errc::malformed, fmt::format("batch header needs {} bytes, there are {}", kBatchHeaderBytes, bytes.size()));
  }
  const std::byte* at = bytes.data();
  const auto magic = load_be<std::int8_t>(at + kMagicAt);
  if (magic == 0 || magic == 1) return fail(Errc::unsupported, fmt::format("message format {}; only 2 is read here", magic));
  if (magic != kMagic) return fail(Errc::corrupt, fmt::format("batch magic is {}", magic));
  BatchHeader header{
      .base_offset = Offset(load_be<std::int64_t>(at)),
      .batch_length = load_be<std::int32_t>(at + kLengthAt),
      .leader_epoch = LeaderEpoch(load_be<std::int32_t>(at + kLeaderEpochAt)),
      .magic = magic,
      .crc = load_be<std::uint32_t>(at + kCrcAt),
      .attributes = load_be<std::int16_t>(at + kAttributesAt),
      .last_offset_delta = load_be<std::int32_t>(at + kLastOffsetDeltaAt),
      .base_timestamp = load_be<std::int64_t>(at + kBaseTimestampAt),
      .max_timestamp = load_be<std::int64_t>(at + kMaxTimestampAt),
      .producer_id = ProducerId(load_be<std::int64_t>(at + kProducerIdAt)),
      .producer_epoch = load_be<std::int16_t>(at + kProducerEpochAt),
      .base_sequence = load_be<std::int32_t>(at + kBaseSequenceAt),
      .record_count = load_be<std::int32_t>(at + kRecordCountAt),
  };
  if (header.batch_length < static_cast<std::int32_t>(kBatchHeaderBytes - kBatchPrefixBytes)) {
    return fail(Errc::malformed, fmt::format("batch length {} is below the header's", header.batch_length));
  }
  if (header.last_offset_delta < 0 || header.record_count < 0) {
    return fail(Errc::malformed,
                fmt::format("batch of {} records with last offset delta {}", header.record_count, header.last_offset_delta));
  }
  return header;
}

void write_batch_header(std::byte* at, const BatchHeader& header) {
  store_be(at, header.base_offset.value);
  store_be(at + kLengthAt, header.batch_length);
  store_be(at + kLeaderEpochAt, header.leader_epoch.value);
  store_be(at + kMagicAt, header.magic);
  store_be(at + kCrcAt, header.crc);
  store_be(at + kAttributesAt, header.attributes);
  store_be(at + kLastOffsetDeltaAt, header.last_offset_delta);
  store_be(at + kBaseTimestampAt, header.base_timestamp);
  store_be(at + kMaxTimestampAt, header.max_timestamp);
  store_be(at + kProducerIdAt, header.producer_id.value);
  store_be(at + kProducerEpochAt, header.producer_epoch);
  store_be(at + kBaseSequenceAt, header.base_sequence);
  store_be(at + kRecordCountAt, header.record_count);
}

void patch_base_offset(std::byte* batch, Offset base_offset) { store_be(batch, base_offset.value); }

void patch_leader_epoch(std::byte* batch, LeaderEpoch epoch) { store_be(batch + kLeaderEpochAt, epoch.value); }

void patch_max_timestamp_and_type(MutableBytes batch, TimestampPatch patch) {
  // A CRC is linear: the checksums of old and new bytes differ by the checksum of their difference, moved to its place.
  constexpr std::size_t kPatchedBytes = kProducerIdAt - kCrcStart;
  std::array<std::byte, kPatchedBytes> difference;
  std::byte* const patched = batch.data() + kCrcStart;
  std::memcpy(difference.data(), patched, kPatchedBytes);

  auto attributes = load_be<std::int16_t>(batch.data() + kAttributesAt);
  attributes = static_cast<std::int16_t>(patch.type == TimestampType::log_append_time ? attributes | kLogAppendTimeBit
                                                                                      : attributes & ~kLogAppendTimeBit);
  store_be(batch.data() + kAttributesAt, attributes);
  store_be(batch.data() + kMaxTimestampAt, patch.max_timestamp);

  for (std::size_t i = 0; i < kPatchedBytes; ++i) difference[i] ^= patched[i];
  // Seed and result are inverted back, so that the register starts at 0 and only the difference counts.
  const std::uint32_t change = ~crc32c(difference, ~0U);
  const std::uint32_t moved = crc32c_combine(change, 0, batch.size() - kProducerIdAt);
  store_be(batch.data() + kCrcAt, load_be<std::uint32_t>(batch.data() + kCrcAt) ^ moved);
}

std::uint32_t compute_crc(ByteView batch) { return crc32c(batch.subspan(kCrcStart)); }

Status check_crc(ByteView batch) {
  if (batch.size() < kBatchHeaderBytes)
    return fail(Errc::corrupt, fmt::format("batch of {} bytes is shorter than its header", batch.size()));
  const auto stored = load_be<std::uint32_t>(batch.data() + kCrcAt);
  const std::uint32_t computed = compute_crc(batch);
  if (stored == computed) return {};
  return fail(Errc::corrupt, fmt::format("batch checksum is {:08x}, its bytes give {:08x}", stored, computed));
}

}  // namespace streamline::record
