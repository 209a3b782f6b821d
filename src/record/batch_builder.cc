// Encoding of records, and the frame of a batch around them.
#include "record/batch_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "base/varint.h"

namespace streamline::record {

namespace {

constexpr std::size_t kMaxBatchBytes = std::numeric_limits<std::int32_t>::max();

std::size_t nullable_size(std::optional<ByteView> bytes) {
  if (!bytes) return varint_size(std::int32_t{-1});
  return varint_size(static_cast<std::int32_t>(bytes->size())) + bytes->size();
}

std::size_t headers_size(std::span<const HeaderView> headers) {
  std::size_t size = varint_size(static_cast<std::int32_t>(headers.size()));
  for (const HeaderView& header : headers) size += nullable_size(as_bytes(header.key)) + nullable_size(header.value);
  return size;
}

/// Writes into memory whose size was computed before.
class RecordWriter {
 public:
  explicit RecordWriter(std::byte* at) : at_(at) {}
  void put_byte(std::byte value) { *at_++ = value; }
  void put(std::int32_t value) { at_ += write_varint32(at_, value); }
  void put(std::int64_t value) { at_ += write_varint64(at_, value); }
  void put(std::optional<ByteView> bytes) {
    if (!bytes) return put(std::int32_t{-1});
    put(static_cast<std::int32_t>(bytes->size()));
    at_ = std::copy(bytes->begin(), bytes->end(), at_);
  }
  const std::byte* at() const { return at_; }

 private:
  std::byte* at_;
};

std::int16_t attributes_of(const BatchOptions& options) {
  auto attributes = static_cast<std::int16_t>(options.codec);
  if (options.timestamp_type == TimestampType::log_append_time) attributes |= kLogAppendTimeBit;
  if (options.transactional) attributes |= kTransactionalBit;
  if (options.control) attributes |= kControlBit;
  return attributes;
}

/// Header and records as one batch: length and CRC are set here.
Status assemble(BatchHeader header, ByteView records, std::vector<std::byte>& batch) {
  const std::size_t size = kBatchHeaderBytes + records.size();
  if (size > kMaxBatchBytes) return fail(Errc::too_large, fmt::format("a batch of {} bytes is beyond 2 GiB", size));
  header.batch_length = static_cast<std::int32_t>(size - kBatchPrefixBytes);
  batch.resize(size);
  std::copy(records.begin(), records.end(), batch.begin() + kBatchHeaderBytes);
  write_batch_header(batch.data(), header);
  header.crc = compute_crc(batch);
  write_batch_header(batch.data(), header);
  return {};
}

}  // namespace

void BatchBuilder::add(const NewRecord& record) {
  if (count_ == 0) {
    base_timestamp_ = record.timestamp;
    max_timestamp_ = record.timestamp;
  }
  max_timestamp_ = std::max(max_timestamp_, record.timestamp);
  const std::int64_t timestamp_delta = record.timestamp - base_timestamp_;
  const std::size_t body = 1 + varint_size(timestamp_delta) + varint_size(count_) + nullable_size(record.key) +
                           nullable_size(record.value) + headers_size(record.headers);
  const auto length = static_cast<std::int32_t>(body);
  const std::size_t start = records_.size();
  const std::size_t end = start + varint_size(length) + body;
  // A varint is written with its largest size in reach; the surplus is cut off again.
  records_.resize(end + kMaxVarint64Bytes);
  RecordWriter writer(records_.data() + start);
  writer.put(length);
  writer.put_byte(std::byte{0});
  writer.put(timestamp_delta);
  writer.put(count_);
  writer.put(record.key);
  writer.put(record.value);
  writer.put(static_cast<std::int32_t>(record.headers.size()));
  for (const HeaderView& header : record.headers) {
    writer.put(as_bytes(header.key));
    writer.put(header.value);
  }
  SL_ASSERT(writer.at() == records_.data() + end);
  records_.resize(end);
  ++count_;
}

Result<std::vector<std::byte>> BatchBuilder::finish() {
  SL_ASSERT(count_ > 0);
  const BatchHeader header{
      .base_offset = options_.base_offset,
      .leader_epoch = options_.leader_epoch,
      .attributes = attributes_of(options_),
      .last_offset_delta = count_ - 1,
      .base_timestamp = base_timestamp_,
      .max_timestamp = max_timestamp_,
      .producer_id = options_.producer_id,
      .producer_epoch = options_.producer_epoch,
      .base_sequence = options_.base_sequence,
      .record_count = count_,
  };
  auto compressed = compressor_.compress(options_.codec, records_, options_.level);
  std::vector<std::byte> batch;
  auto assembled = compressed ? assemble(header, *compressed, batch) : fail_with(std::move(compressed));
  records_.clear();
  count_ = 0;
  if (!assembled) return fail_with(std::move(assembled));
  return batch;
}

Result<MutableBytes> Recompressor::recompress(ByteView batch, Codec codec, int level) {
  auto header = read_batch_header(batch);
  if (!header) return fail_with(std::move(header));
  auto plain = decompressor_.decompress(header->codec(), batch.subspan(kBatchHeaderBytes));
  if (!plain) return fail_with(std::move(plain));
  auto compressed = compressor_.compress(codec, *plain, level);
  if (!compressed) return fail_with(std::move(compressed));
  header->attributes = static_cast<std::int16_t>((header->attributes & ~kCodecMask) | static_cast<std::int16_t>(codec));
  if (auto assembled = assemble(*header, *compressed, out_); !assembled) return fail_with(std::move(assembled));
  return MutableBytes(out_);
}

}  // namespace streamline::record
