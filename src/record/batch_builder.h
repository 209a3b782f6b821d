// BatchBuilder makes one v2 batch from records; Recompressor re-encodes a batch under another codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "record/batch.h"
#include "record/compression.h"
#include "record/record_iterator.h"

namespace streamline::record {

struct BatchOptions {
  Codec codec = Codec::none;
  int level = kDefaultLevel;
  Offset base_offset{0};
  LeaderEpoch leader_epoch{-1};
  TimestampType timestamp_type = TimestampType::create_time;
  ProducerId producer_id = kNoProducerId;
  std::int16_t producer_epoch = kNoProducerEpoch;
  std::int32_t base_sequence = kNoSequence;
  bool transactional = false;
  bool control = false;
};

/// What add() takes; everything is copied.
struct NewRecord {
  std::int64_t timestamp = kNoTimestamp;
  std::optional<ByteView> key{};
  std::optional<ByteView> value{};
  std::span<const HeaderView> headers{};
};

/// Belongs to one thread.
class BatchBuilder {
 public:
  explicit BatchBuilder(const BatchOptions& options = {}) : options_(options) {}

  /// Offset deltas are dense. Keys, values and headers are shorter than 2 GiB.
  void add(const NewRecord& record);
  std::int32_t count() const { return count_; }
  /// Bytes of the batch so far, before compression.
  std::size_t plain_bytes() const { return kBatchHeaderBytes + records_.size(); }
  /// The batch, CRC set; at least one record was added. Errors: Compressor::compress's, too_large (2 GiB).
  /// The builder is empty afterwards and keeps its options and memory.
  Result<std::vector<std::byte>> finish();
  void set_options(const BatchOptions& options) { options_ = options; }

 private:
  BatchOptions options_;
  std::vector<std::byte> records_;
  Compressor compressor_;
  std::int32_t count_ = 0;
  std::int64_t base_timestamp_ = kNoTimestamp;
  std::int64_t max_timestamp_ = kNoTimestamp;
};

/// Belongs to one thread.
class Recompressor {
 public:
  explicit Recompressor(std::size_t max_plain_bytes = kDefaultMaxPlainBytes) : decompressor_(max_plain_bytes) {}

  /// The same records and header under `codec`, with a right CRC; valid until the next call. `batch` is one whole checked batch.
  Result<MutableBytes> recompress(ByteView batch, Codec codec, int level = kDefaultLevel);

 private:
  Decompressor decompressor_;
  Compressor compressor_;
  std::vector<std::byte> out_;
};

}  // namespace streamline::record
