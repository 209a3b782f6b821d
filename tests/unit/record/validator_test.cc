// The checks of validate_batch, one by one, by the number of their rule.
#include "record/validator.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <limits>
#include <new>

#include "unit/record/sample_batches.h"

using namespace streamline;
using namespace streamline::record;

namespace {

Errc code_of(const std::vector<std::byte>& records, const ValidateOptions& options = {}) {
  Decompressor decompressor;
  const auto verdict = validate_batch(records, options, decompressor);
  REQUIRE_FALSE(verdict);
  return verdict.error().error.code;
}

std::vector<std::byte> small(Codec codec = Codec::none) {
  BatchOptions options;
  options.codec = codec;
  return build(small_samples(), options);
}

ValidateOptions full() {
  ValidateOptions options;
  options.mode = ValidationMode::full;
  return options;
}

}  // namespace

TEST_CASE("batches of Kafka's client pass in both modes and tell the first record with the highest time") {
  Decompressor decompressor;
  for (const Codec codec : kAllCodecs) {
    for (const ValidationMode mode : {ValidationMode::header, ValidationMode::full}) {
      ValidateOptions options;
      options.mode = mode;
      const auto batch = golden("small-" + std::string(to_string(codec)));
      const auto verdict = validate_batch(batch, options, decompressor);
      REQUIRE(verdict);
      CHECK(verdict->header == read_batch_header(batch).value());
      CHECK(verdict->max_timestamp == kSampleTime + 10);
      const bool walked = codec == Codec::none || mode == ValidationMode::full;
      CHECK(verdict->max_timestamp_delta == (walked ? 3 : 4));
    }
  }
}

TEST_CASE("rule 31, 14.17: two batches, none, a cut one or an old format are invalid records") {
  auto two = small();
  const auto second = small();
  two.insert(two.end(), second.begin(), second.end());
  CHECK(code_of(two) == Errc::invalid_record);
  CHECK(code_of({}) == Errc::invalid_record);
  auto cut = small();
  cut.pop_back();
  CHECK(code_of(cut) == Errc::invalid_record);
  for (std::size_t size = 0; size < cut.size(); ++size)
    CHECK(code_of({cut.begin(), cut.begin() + static_cast<std::ptrdiff_t>(size)}) == Errc::invalid_record);
  auto old = small();
  old[16] = std::byte{1};
  CHECK(code_of(old) == Errc::invalid_record);
}

TEST_CASE("rule 31: zstd is refused where it is not allowed") {
  ValidateOptions options;
  options.allow_zstd = false;
  CHECK(code_of(small(Codec::zstd), options) == Errc::unsupported_codec);
}

TEST_CASE("a codec that does not exist is unsupported") {
  auto batch = small();
  batch[22] = std::byte{7};
  seal(batch);
  CHECK(code_of(batch) == Errc::unsupported_codec);
}

TEST_CASE("rule 32: a base offset other than 0 is an invalid record") {
  auto batch = small();
  patch_base_offset(batch.data(), Offset(1));
  CHECK(code_of(batch) == Errc::invalid_record);
}

TEST_CASE("rule 33: counts that disagree, and gaps between records, are invalid records") {
  auto none = small();
  store_be(none.data() + 57, std::int32_t{0});
  seal(none);
  CHECK(code_of(none) == Errc::invalid_record);
  auto wrong = small();
  store_be(wrong.data() + 57, std::int32_t{4});
  seal(wrong);
  CHECK(code_of(wrong) == Errc::invalid_record);
  auto negative = small();
  store_be(negative.data() + 23, std::int32_t{-2});
  seal(negative);
  CHECK(code_of(negative) == Errc::invalid_record);
  auto both = small();
  store_be(both.data() + 23, std::int32_t{5});
  store_be(both.data() + 57, std::int32_t{6});
  seal(both);
  CHECK(code_of(both) == Errc::invalid_record);

  // The offset delta of the first record: length, attributes and timestamp delta take a byte each.
  auto gap = small();
  gap[kBatchHeaderBytes + 3] = std::byte{4};
  seal(gap);
  Decompressor decompressor;
  const auto verdict = validate_batch(gap, {}, decompressor);
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().error.code == Errc::invalid_record);
  REQUIRE(verdict.error().records.size() == 1);
  CHECK(verdict.error().records[0].batch_index == 0);
  CHECK(verdict.error().records[0].text == "offset delta 2 where 0 was due");
}

TEST_CASE("rule 34: control batches from clients are invalid records") {
  BatchOptions options;
  options.control = true;
  CHECK(code_of(build({{1, "k", "v", {}}}, options)) == Errc::invalid_record);
}

TEST_CASE("a producer id without a sequence is an invalid record") {
  BatchOptions options;
  options.producer_id = ProducerId(5);
  CHECK(code_of(build({{1, "k", "v", {}}}, options)) == Errc::invalid_record);
}

TEST_CASE("rule 35: batches above the limits are named with them") {
  const auto batch = small();
  ValidateOptions options;
  options.max_batch_bytes = batch.size() - 1;
  CHECK(code_of(batch, options) == Errc::too_large);
  options.max_batch_bytes = batch.size();
  Decompressor decompressor;
  CHECK(validate_batch(batch, options, decompressor));
  options.max_segment_bytes = batch.size() - 1;
  CHECK(code_of(batch, options) == Errc::record_list_too_large);
}

TEST_CASE("rule 36, 14.17: a bad checksum, a magic nobody knows and a length below any header are corrupt") {
  auto crc = small();
  crc.back() ^= std::byte{1};
  CHECK(code_of(crc) == Errc::corrupt);
  auto magic = small();
  magic[16] = std::byte{9};
  CHECK(code_of(magic) == Errc::corrupt);
  auto length = small();
  store_be(length.data() + 8, std::int32_t{13});
  CHECK(code_of(length) == Errc::corrupt);
  store_be(length.data() + 8, std::int32_t{20});
  CHECK(code_of(length) == Errc::corrupt);
}

TEST_CASE("rule 37: records outside of the time limits are named by their index") {
  ValidateOptions options;
  options.now_ms = kSampleTime;
  options.after_max_ms = 6;
  Decompressor decompressor;
  for (const Codec codec : kAllCodecs) {
    INFO(to_string(codec));
    const auto verdict = validate_batch(small(codec), options, decompressor);
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().error.code == Errc::invalid_timestamp);
    REQUIRE(verdict.error().records.size() == 2);
    CHECK(verdict.error().records[0].batch_index == 3);
    CHECK(verdict.error().records[1].batch_index == 4);
  }
  options.after_max_ms = 10;
  CHECK(validate_batch(small(), options, decompressor));
  options.now_ms = kSampleTime + 100;
  options.before_max_ms = 97;
  CHECK(code_of(small(Codec::lz4), options) == Errc::invalid_timestamp);
}

TEST_CASE("rule 37: a batch that says itself that it is too new is opened only a little to name its records") {
  ValidateOptions options;
  options.now_ms = kSampleTime;
  options.after_max_ms = 6;
  BatchOptions batch_options;
  batch_options.codec = Codec::gzip;
  const std::size_t much = 8 * 1024 * 1024;
  const auto batch = build({{kSampleTime + 7, "k", std::string(much, 'x'), {}}}, batch_options);
  Decompressor decompressor;
  REQUIRE(decompressor.max_plain_bytes() > much);
  const auto verdict = validate_batch(batch, options, decompressor);
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().error.code == Errc::invalid_timestamp);
  CHECK(verdict.error().records.empty());
}

TEST_CASE("a record without a timestamp passes the time limits, and forged times do not overflow") {
  ValidateOptions options;
  options.now_ms = kSampleTime;
  options.before_max_ms = 1;
  options.after_max_ms = 1;
  Decompressor decompressor;
  CHECK(validate_batch(build({{kNoTimestamp, "k", "v", {}}}), options, decompressor));
  options.now_ms = std::numeric_limits<std::int64_t>::max();
  CHECK(code_of(build({{std::numeric_limits<std::int64_t>::min(), "k", "v", {}}}), options) == Errc::invalid_timestamp);
}

TEST_CASE("log append time topics do not look at the producer's times, and only they take that type") {
  ValidateOptions options;
  options.timestamp_type = TimestampType::log_append_time;
  options.now_ms = 0;
  options.after_max_ms = 0;
  Decompressor decompressor;
  CHECK(validate_batch(small(), options, decompressor));
  CHECK(code_of(golden("log-append-time")) == Errc::invalid_timestamp);
}

TEST_CASE("rule 41: compacted topics refuse a record without a key, inside compressed batches too") {
  ValidateOptions options;
  options.require_key = true;
  Decompressor decompressor;
  for (const Codec codec : kAllCodecs) {
    const auto verdict = validate_batch(small(codec), options, decompressor);
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().error.code == Errc::invalid_record);
    REQUIRE(verdict.error().records.size() == 1);
    CHECK(verdict.error().records[0].batch_index == 1);
    CHECK(verdict.error().records[0].text == "compacted topics need a key");
  }
}

TEST_CASE("14.9: records that do not decompress are corrupt in full mode and trusted in header mode") {
  auto batch = small(Codec::lz4);
  batch[kBatchHeaderBytes] ^= std::byte{0xff};
  seal(batch);
  CHECK(code_of(batch, full()) == Errc::corrupt);
  Decompressor decompressor;
  CHECK(validate_batch(batch, {}, decompressor));
}

TEST_CASE("a compressed batch whose count is forged passes by its header and fails in full mode") {
  auto batch = small(Codec::zstd);
  store_be(batch.data() + 23, std::int32_t{6});
  store_be(batch.data() + 57, std::int32_t{7});
  seal(batch);
  CHECK(code_of(batch, full()) == Errc::invalid_record);
}

TEST_CASE("a bomb is refused in full mode") {
  Decompressor decompressor(1 << 16);
  BatchOptions options;
  options.codec = Codec::zstd;
  const auto batch = build({{1, "k", std::string(1 << 20, 'x'), {}}}, options);
  const auto verdict = validate_batch(batch, full(), decompressor);
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().error.code == Errc::too_large);
}

TEST_CASE("a batch of many bad records names at most a thousand") {
  std::vector<Sample> samples(1500, Sample{1, std::nullopt, "v", {}});
  ValidateOptions options;
  options.require_key = true;
  Decompressor decompressor;
  const auto verdict = validate_batch(build(samples), options, decompressor);
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().records.size() == kMaxRecordFaults);
  CHECK(verdict.error().error.text ==
        "1500 of 1500 records refused: record 0: compacted topics need a key; record 1: compacted topics need a key; record 2: compacted "
        "topics "
        "need a key");
}

TEST_CASE("every forged byte under a right checksum is judged without a read beyond the batch") {
  Decompressor decompressor(1 << 20);
  for (const Codec codec : kAllCodecs) {
    const auto good = small(codec);
    for (std::size_t at = 8; at < good.size(); ++at) {
      for (int forged : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
        std::vector<std::byte> batch(good);
        batch[at] = static_cast<std::byte>(forged);
        seal(batch);
        const auto verdict = validate_batch(batch, full(), decompressor);
        if (verdict) CHECK(verdict->header.record_count == verdict->header.last_offset_delta + 1);
      }
    }
  }
}
