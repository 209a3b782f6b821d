// The encoder of batch.h: full records first, then one that fills the batch to the byte.
#include "common/batch.h"

#include <random>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace streamline::bench {

namespace {

constexpr std::int64_t kPaddingDelta = 64;  // the smallest timestamp delta that takes two bytes

std::uint64_t zigzag(std::int64_t value) { return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63); }

std::size_t varint_bytes(std::uint64_t value) {
  std::size_t bytes = 1;
  for (; value >= 0x80; value >>= 7) ++bytes;
  return bytes;
}

void put_varint(std::vector<std::byte>& out, std::int64_t plain) {
  std::uint64_t value = zigzag(plain);
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::byte>(value | 0x80));
  out.push_back(static_cast<std::byte>(value));
}

struct Record {
  std::int64_t offset_delta = 0;
  std::int64_t timestamp_delta = 0;
  std::size_t value_bytes = 0;

  // attributes, both deltas, null key, value, no headers
  std::size_t body_bytes() const {
    return 1 + varint_bytes(zigzag(timestamp_delta)) + varint_bytes(zigzag(offset_delta)) + 1 +
           varint_bytes(zigzag(static_cast<std::int64_t>(value_bytes))) + value_bytes + 1;
  }
  std::size_t size() const { return varint_bytes(zigzag(static_cast<std::int64_t>(body_bytes()))) + body_bytes(); }
};

void put_record(std::vector<std::byte>& out, const Record& record, std::minstd_rand& noise) {
  put_varint(out, static_cast<std::int64_t>(record.body_bytes()));
  out.push_back(std::byte{0});
  put_varint(out, record.timestamp_delta);
  put_varint(out, record.offset_delta);
  put_varint(out, -1);
  put_varint(out, static_cast<std::int64_t>(record.value_bytes));
  for (std::size_t i = 0; i < record.value_bytes; ++i) out.push_back(static_cast<std::byte>('a' + noise() % 26));
  put_varint(out, 0);
}

/// The record that takes exactly `room` bytes. Length prefixes grow in steps, so some sizes need the padding delta.
Result<Record> record_of_size(std::int64_t offset_delta, std::size_t room) {
  for (const std::int64_t timestamp_delta : {std::int64_t{0}, kPaddingDelta}) {
    for (std::size_t overhead = 7; overhead < 20 && overhead <= room; ++overhead) {
      const Record record{offset_delta, timestamp_delta, room - overhead};
      if (record.size() == room) return record;
    }
  }
  return fail(Errc::out_of_range, "no record takes exactly " + std::to_string(room) + " bytes");
}

void put_header(std::vector<std::byte>& batch, const BatchSpec& spec, const Record& last) {
  std::byte* at = batch.data();
  store_be<std::int64_t>(at, 0);                                                 // base offset
  store_be<std::int32_t>(at + 8, static_cast<std::int32_t>(batch.size() - 12));  // length after this field
  store_be<std::int32_t>(at + 12, -1);                                           // leader epoch: the broker's
  store_be<std::int8_t>(at + 16, 2);                                             // magic
  store_be<std::int16_t>(at + 21, 0);                                            // attributes
  store_be<std::int32_t>(at + kLastOffsetDeltaAt, static_cast<std::int32_t>(last.offset_delta));
  store_be<std::int64_t>(at + 27, spec.base_timestamp_ms);
  store_be<std::int64_t>(at + 35, spec.base_timestamp_ms + last.timestamp_delta);
  store_be<std::int64_t>(at + 43, -1);  // producer id
  store_be<std::int16_t>(at + 51, -1);  // producer epoch
  store_be<std::int32_t>(at + 53, -1);  // base sequence
  store_be<std::int32_t>(at + 57, static_cast<std::int32_t>(last.offset_delta + 1));
  store_be<std::uint32_t>(at + kCrcAt, crc32c(ByteView(batch).subspan(kCrcAt + 4)));
}

}  // namespace

Result<Batch> build_batch(const BatchSpec& spec) {
  if (spec.batch_bytes <= kBatchHeader) return fail(Errc::out_of_range, "a batch needs more than its 61-byte header");
  Batch batch;
  batch.bytes.resize(kBatchHeader);
  batch.bytes.reserve(spec.batch_bytes);
  std::minstd_rand noise(1);
  std::int64_t delta = 0;
  // Full records while one more of them still fits behind; the last record takes the rest.
  while (true) {
    const Record record{delta, 0, spec.value_bytes};
    if (batch.bytes.size() + 2 * record.size() + 2 > spec.batch_bytes) break;
    put_record(batch.bytes, record, noise);
    ++delta;
  }
  auto last = record_of_size(delta, spec.batch_bytes - batch.bytes.size());
  if (!last) return fail_with(std::move(last));
  put_record(batch.bytes, *last, noise);
  batch.records = static_cast<std::int32_t>(delta + 1);
  put_header(batch.bytes, spec, *last);
  return batch;
}

}  // namespace streamline::bench
