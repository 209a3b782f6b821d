// Checks from the outside in: the set, the header, the checksum, then the records.
#include "record/validator.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "record/record_parser.h"

namespace streamline::record {

namespace {

using Verdict = std::expected<ValidatedBatch, ValidationFailure>;

/// Magic lies behind base offset, length and leader epoch in every format.
constexpr std::size_t kMagicAt = 16;
constexpr std::size_t kLengthAt = 8;
/// Header of a record of message format 0: nothing shorter was ever a batch.
constexpr std::int32_t kSmallestLength = 14;
/// So many faults are quoted in the summary, as Kafka does.
constexpr std::size_t kQuotedFaults = 3;

std::unexpected<ValidationFailure> refuse(Errc code, std::string text) {
  return std::unexpected(ValidationFailure{.error = {.code = code, .text = std::move(text)}, .records = {}});
}

/// The one batch of the set and its header; everything that can be said without a checksum about its frame.
std::expected<BatchHeader, ValidationFailure> check_frame(ByteView records) {
  if (records.size() <= kMagicAt) return refuse(Errc::invalid_record, "the record set holds no batch");
  const auto length = load_be<std::int32_t>(records.data() + kLengthAt);
  const auto magic = load_be<std::int8_t>(records.data() + kMagicAt);
  if (length < kSmallestLength) return refuse(Errc::corrupt, fmt::format("batch length {} is too small", length));
  if (magic < 0 || magic > kMagic) return refuse(Errc::corrupt, fmt::format("batch magic is {}", magic));
  const std::size_t size = kBatchPrefixBytes + static_cast<std::size_t>(length);
  if (size > records.size())
    return refuse(Errc::invalid_record, fmt::format("a batch of {} bytes in a record set of {}", size, records.size()));
  if (magic != kMagic) return refuse(Errc::invalid_record, fmt::format("message format {} where only 2 is allowed", magic));
  if (size < kBatchHeaderBytes) return refuse(Errc::corrupt, fmt::format("batch length {} is too small", length));
  if (size != records.size()) return refuse(Errc::invalid_record, "the record set must hold exactly one batch");
  auto header = read_batch_header(records);
  // What is left for the header to be wrong in are its counts.
  if (!header) return refuse(Errc::invalid_record, std::move(header.error().text));
  return *header;
}

std::optional<Error> check_header(const BatchHeader& header, const ValidateOptions& options) {
  if (!is_known(header.codec()))
    return Error{Errc::unsupported_codec, fmt::format("codec number {} does not exist", static_cast<int>(header.codec()))};
  if (header.codec() == Codec::zstd && !options.allow_zstd) {
    return Error{Errc::unsupported_codec, "zstd needs Produce version 7"};
  }
  if (header.base_offset.value != 0) {
    return Error{Errc::invalid_record, fmt::format("base offset is {} and must be 0", header.base_offset.value)};
  }
  if (header.size_bytes() > options.max_batch_bytes) {
    return Error{Errc::too_large,
                 fmt::format("batch of {} bytes is larger than max.message.bytes={}", header.size_bytes(), options.max_batch_bytes)};
  }
  if (header.size_bytes() > options.max_segment_bytes) {
    return Error{Errc::record_list_too_large,
                 fmt::format("batch of {} bytes is larger than segment.bytes={}", header.size_bytes(), options.max_segment_bytes)};
  }
  return std::nullopt;
}

std::optional<Error> check_contents(const BatchHeader& header) {
  if (header.record_count == 0 || header.last_offset_delta != header.record_count - 1) {
    return Error{Errc::invalid_record, fmt::format("{} records with last offset delta {}", header.record_count, header.last_offset_delta)};
  }
  if (header.is_control()) return Error{Errc::invalid_record, "clients may not write control batches"};
  if (header.has_producer_id() && header.base_sequence < 0) {
    return Error{Errc::invalid_record, fmt::format("sequence {} with producer id {}", header.base_sequence, header.producer_id.value)};
  }
  return std::nullopt;
}

/// Whether a create time lies outside the limits; 128 bits because forged timestamps may lie 2^64 apart.
bool outside_limits(std::int64_t timestamp, const ValidateOptions& options) {
  if (timestamp == kNoTimestamp) return false;
  const __int128 age = static_cast<__int128>(options.now_ms) - timestamp;
  return age > options.before_max_ms || -age > options.after_max_ms;
}

/// Walks the records and collects what is wrong with single ones.
class RecordWalk {
 public:
  RecordWalk(const BatchHeader& header, const ValidateOptions& options) : header_(header), options_(options) {}

  Verdict run(ByteView plain) {
    for (std::int32_t index = 0; index < header_.record_count; ++index) {
      const ParsedRecord record = parse_record(plain);
      if (record.fault != nullptr) return refuse(Errc::invalid_record, fmt::format("record {}: {}", index, record.fault));
      check(record, index);
      plain = plain.subspan(record.size);
    }
    if (!plain.empty()) return refuse(Errc::invalid_record, fmt::format("{} bytes behind the last record", plain.size()));
    if (fault_count_ != 0) return std::unexpected(summary());
    return ValidatedBatch{.header = header_, .max_timestamp = max_timestamp_, .max_timestamp_delta = max_timestamp_delta_};
  }

 private:
  void check(const ParsedRecord& record, std::int32_t index) {
    if (record.offset_delta != index) {
      return blame(Errc::invalid_record, index, fmt::format("offset delta {} where {} was due", record.offset_delta, index));
    }
    if (options_.require_key && record.key_size < 0) return blame(Errc::invalid_record, index, "compacted topics need a key");
    const std::int64_t timestamp = timestamp_of(header_.base_timestamp, record.timestamp_delta);
    if (index == 0 || timestamp > max_timestamp_) {
      max_timestamp_ = timestamp;
      max_timestamp_delta_ = index;
    }
    if (options_.timestamp_type == TimestampType::create_time && outside_limits(timestamp, options_)) {
      blame(Errc::invalid_timestamp, index,
            fmt::format("timestamp {} is outside of {} ms before and {} ms after the broker's time {}", timestamp, options_.before_max_ms,
                        options_.after_max_ms, options_.now_ms));
    }
  }

  void blame(Errc code, std::int32_t index, std::string text) {
    // Only a batch whose every fault is its time is called one of invalid times.
    code_ = fault_count_ == 0 || code == Errc::invalid_record ? code : code_;
    if (faults_.size() < kMaxRecordFaults) faults_.push_back({.batch_index = index, .text = std::move(text)});
    ++fault_count_;
  }

  ValidationFailure summary() {
    std::string text = fmt::format("{} of {} records refused:", fault_count_, header_.record_count);
    for (std::size_t i = 0; i < std::min(faults_.size(), kQuotedFaults); ++i) {
      text += fmt::format(" record {}: {};", faults_[i].batch_index, faults_[i].text);
    }
    text.pop_back();
    return {.error = {.code = code_, .text = std::move(text)}, .records = std::move(faults_)};
  }

  const BatchHeader& header_;
  const ValidateOptions& options_;
  std::int64_t max_timestamp_ = kNoTimestamp;
  std::int32_t max_timestamp_delta_ = 0;
  Errc code_ = Errc::invalid_record;
  std::size_t fault_count_ = 0;
  std::vector<RecordFault> faults_;
};

/// How far a batch is opened that says itself that a record is too new: it is refused anyway, and its claim costs its sender nothing.
constexpr std::size_t kMostPlainForBlame = 4 * 1024 * 1024;

bool only_for_blame(const BatchHeader& header, const ValidateOptions& options) {
  return options.mode != ValidationMode::full && !options.require_key &&
         options.before_max_ms == std::numeric_limits<std::int64_t>::max() && outside_limits(header.max_timestamp, options);
}

/// A compressed batch is opened when its header cannot answer: keys and ages are in the records only, and a maximum that is too high
/// wants the guilty record named.
bool must_walk(const BatchHeader& header, const ValidateOptions& options) {
  if (header.codec() == Codec::none || options.mode == ValidationMode::full || options.require_key) return true;
  if (options.timestamp_type == TimestampType::log_append_time) return false;
  return options.before_max_ms != std::numeric_limits<std::int64_t>::max() || outside_limits(header.max_timestamp, options);
}

}  // namespace

Verdict validate_batch(ByteView records, const ValidateOptions& options, Decompressor& decompressor) {
  auto header = check_frame(records);
  if (!header) return std::unexpected(std::move(header).error());
  if (auto error = check_header(*header, options)) return refuse(error->code, std::move(error->text));
  if (auto crc = check_crc(records); !crc) return refuse(crc.error().code, std::move(crc.error().text));
  if (auto error = check_contents(*header)) return refuse(error->code, std::move(error->text));
  if (options.timestamp_type == TimestampType::create_time && header->timestamp_type() == TimestampType::log_append_time) {
    return refuse(Errc::invalid_timestamp, "the batch says LogAppendTime and the topic CreateTime");
  }
  if (!must_walk(*header, options)) {
    return ValidatedBatch{.header = *header, .max_timestamp = header->max_timestamp, .max_timestamp_delta = header->last_offset_delta};
  }
  const bool for_blame = header->codec() != Codec::none && only_for_blame(*header, options);
  const std::size_t most = std::min(decompressor.max_plain_bytes(), for_blame ? kMostPlainForBlame : SIZE_MAX);
  auto plain = decompressor.decompress(header->codec(), records.subspan(kBatchHeaderBytes), most);
  if (!plain && for_blame && plain.error().code == Errc::too_large) {
    return refuse(Errc::invalid_timestamp, "the batch's maximum timestamp is outside the topic's limits");
  }
  if (!plain) {
    const Errc code = plain.error().code == Errc::malformed ? Errc::corrupt : plain.error().code;
    return refuse(code, std::move(plain.error().text));
  }
  return RecordWalk(*header, options).run(*plain);
}

}  // namespace streamline::record
