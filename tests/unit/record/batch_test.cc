// Header fields, patches in place and the checksum, on batches made by Kafka's client.
#include "record/batch.h"

#include <catch2/catch.hpp>
#include <limits>

#include "base/crc32c.h"
#include "unit/record/sample_batches.h"

using namespace streamline;
using namespace streamline::record;

TEST_CASE("the header of a batch by Kafka's client is read field by field") {
  const auto batch = golden("small-none");
  const auto header = read_batch_header(batch);
  REQUIRE(header);
  CHECK(header->base_offset == Offset(0));
  CHECK(header->size_bytes() == batch.size());
  CHECK(header->leader_epoch == LeaderEpoch(7));
  CHECK(header->attributes == 0);
  CHECK(header->codec() == Codec::none);
  CHECK(header->timestamp_type() == TimestampType::create_time);
  CHECK_FALSE(header->is_transactional());
  CHECK_FALSE(header->is_control());
  CHECK_FALSE(header->has_delete_horizon());
  CHECK(header->last_offset() == Offset(4));
  CHECK(header->next_offset() == Offset(5));
  CHECK(header->base_timestamp == kSampleTime);
  CHECK(header->max_timestamp == kSampleTime + 10);
  CHECK(header->producer_id == ProducerId(4711));
  CHECK(header->producer_epoch == 3);
  CHECK(header->base_sequence == 10);
  CHECK(header->last_sequence() == 14);
  CHECK(header->record_count == 5);
  CHECK(check_crc(batch));
}

TEST_CASE("attributes of a control batch and of log append time are read") {
  const auto marker = read_batch_header(golden("commit-marker"));
  REQUIRE(marker);
  CHECK(marker->is_control());
  CHECK(marker->is_transactional());
  CHECK(marker->last_sequence() == kNoSequence);
  const auto stamped = read_batch_header(golden("log-append-time"));
  REQUIRE(stamped);
  CHECK(stamped->timestamp_type() == TimestampType::log_append_time);
  CHECK(stamped->max_timestamp == kSampleTime + 60'000);
}

TEST_CASE("a header is written as it was read") {
  const auto batch = golden("small-zstd");
  const auto header = read_batch_header(batch);
  REQUIRE(header);
  std::vector<std::byte> copy(kBatchHeaderBytes);
  write_batch_header(copy.data(), *header);
  CHECK(std::equal(copy.begin(), copy.end(), batch.begin()));
}

TEST_CASE("rule 47: sequences wrap from 2^31-1 to 0 inside a batch") {
  BatchHeader header;
  header.base_sequence = std::numeric_limits<std::int32_t>::max() - 1;
  header.last_offset_delta = 3;
  CHECK(header.last_sequence() == 1);
  CHECK(sequence_after(std::numeric_limits<std::int32_t>::max(), 1) == 0);
}

TEST_CASE("a header that is short, of another format or forged is refused") {
  auto batch = golden("small-none");
  CHECK(read_batch_header(ByteView(batch).first(60)).error().code == Errc::malformed);
  for (const auto& [magic, code] : {std::pair{0, Errc::unsupported}, {1, Errc::unsupported}, {3, Errc::corrupt}, {-1, Errc::corrupt}}) {
    batch[16] = static_cast<std::byte>(magic);
    CHECK(read_batch_header(batch).error().code == code);
  }
  batch = golden("small-none");
  store_be(batch.data() + 8, std::int32_t{48});
  CHECK(read_batch_header(batch).error().code == Errc::malformed);
  store_be(batch.data() + 8, std::int32_t{-1});
  CHECK(read_batch_header(batch).error().code == Errc::malformed);
  batch = golden("small-none");
  store_be(batch.data() + 23, std::int32_t{-1});
  CHECK(read_batch_header(batch).error().code == Errc::malformed);
}

TEST_CASE("base offset and leader epoch are patched without touching the checksum") {
  auto batch = golden("small-lz4");
  patch_base_offset(batch.data(), Offset(123'456'789'012));
  patch_leader_epoch(batch.data(), LeaderEpoch(42));
  const auto header = read_batch_header(batch);
  REQUIRE(header);
  CHECK(header->base_offset == Offset(123'456'789'012));
  CHECK(header->last_offset() == Offset(123'456'789'016));
  CHECK(header->leader_epoch == LeaderEpoch(42));
  CHECK(check_crc(batch));
}

TEST_CASE("rule 38: log append time is patched in and the checksum made right without reading the records") {
  for (const char* name : {"small-none", "large-zstd", "commit-marker"}) {
    auto batch = golden(name);
    const auto before = read_batch_header(batch);
    patch_max_timestamp_and_type(batch, {.type = TimestampType::log_append_time, .max_timestamp = 99});
    auto header = read_batch_header(batch);
    REQUIRE(header);
    CHECK(header->timestamp_type() == TimestampType::log_append_time);
    CHECK(header->max_timestamp == 99);
    CHECK(check_crc(batch));
    patch_max_timestamp_and_type(batch, {.type = TimestampType::create_time, .max_timestamp = before->max_timestamp});
    CHECK(batch == golden(name));
  }
}

TEST_CASE("any changed byte under the checksum is found") {
  auto batch = golden("small-none");
  for (std::size_t at = kCrcStart; at < batch.size(); ++at) {
    batch[at] ^= std::byte{0x10};
    CHECK(check_crc(batch).error().code == Errc::corrupt);
    batch[at] ^= std::byte{0x10};
  }
  CHECK(check_crc(batch));
}

TEST_CASE("codec names are Kafka's") {
  for (const Codec codec : kAllCodecs) CHECK(parse_codec(to_string(codec)).value() == codec);
  CHECK(parse_codec("brotli").error().text == "unknown codec 'brotli'; known are none, gzip, snappy, lz4, zstd");
}
