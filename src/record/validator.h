// The checks on what a client produces to one partition, before offsets are assigned (kafka-rules 31 to 37, 41 and 14.17).
// Uncompressed records are walked without touching values. Compressed ones are trusted by their header in mode `header`,
// decompressed and walked in mode `full`. Nothing is allocated when the batch is good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "record/batch.h"
#include "record/compression.h"

namespace streamline::record {

enum class ValidationMode : std::uint8_t { header, full };

struct ValidateOptions {
  ValidationMode mode = ValidationMode::header;
  /// Compacted topics: every record has a key (rule 41). Compressed batches are then walked in mode `header` too.
  bool require_key = false;
  /// Produce below version 7 may not carry zstd (rule 31).
  bool allow_zstd = true;
  /// The topic's type. With log_append_time the producer's timestamps are not checked.
  TimestampType timestamp_type = TimestampType::create_time;
  /// Wall clock, and how far a create time may lie before and after it; the default is no limit.
  std::int64_t now_ms = 0;
  std::int64_t before_max_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t after_max_ms = std::numeric_limits<std::int64_t>::max();
  /// max.message.bytes, over the whole batch: beyond it Errc::too_large.
  std::size_t max_batch_bytes = 1024 * 1024 + kBatchPrefixBytes;
  /// segment.bytes: beyond it Errc::record_list_too_large.
  std::size_t max_segment_bytes = 1024 * 1024 * 1024;
};

struct ValidatedBatch {
  BatchHeader header{};
  /// Highest timestamp of the records when they were walked, the header's otherwise.
  std::int64_t max_timestamp = kNoTimestamp;
  /// Offset delta of the first record that has it; the last record's when the records were not walked.
  std::int32_t max_timestamp_delta = 0;
};

/// What is wrong with one record: its index in the batch (Produce v8+ record_errors).
struct RecordFault {
  std::int32_t batch_index = 0;
  std::string text;
};
struct ValidationFailure {
  Error error;
  std::vector<RecordFault> records;
};
/// At most so many records are named in a failure.
inline constexpr std::size_t kMaxRecordFaults = 1000;

/// `records` is what one partition got: exactly one whole batch.
/// Codes: corrupt (CRC, magic neither 0, 1 nor 2), invalid_record, invalid_timestamp, too_large, record_list_too_large, unsupported_codec
/// (zstd not allowed, or a codec that does not exist). Records that do not decompress are corrupt.
[[nodiscard]] std::expected<ValidatedBatch, ValidationFailure> validate_batch(ByteView records, const ValidateOptions& options,
                                                                              Decompressor& decompressor);

}  // namespace streamline::record
