// Walking records and batches, whole and forged.
#include "record/record_iterator.h"

#include <catch2/catch.hpp>
#include <limits>
#include <random>

#include "record/batch_walker.h"
#include "unit/record/sample_batches.h"

using namespace streamline;
using namespace streamline::record;

TEST_CASE("rule 13.17: repeated header keys, null and empty values of Kafka's client come back exactly, in every codec") {
  Decompressor decompressor;
  for (const Codec codec : kAllCodecs) {
    INFO(to_string(codec));
    const auto batch = golden("small-" + std::string(to_string(codec)));
    REQUIRE(check_crc(batch));
    CHECK(read_batch_header(batch)->codec() == codec);
    CHECK(read_all(batch, decompressor).value() == small_samples());
  }
}

TEST_CASE("batches of several compressed blocks by Kafka's client are read") {
  Decompressor decompressor;
  for (const char* name : {"large-gzip", "large-snappy", "large-lz4", "large-zstd"}) {
    INFO(name);
    CHECK(read_all(golden(name), decompressor).value() == large_samples());
  }
}

TEST_CASE("records of a log append time batch all carry the batch's time") {
  Decompressor decompressor;
  const auto samples = read_all(golden("log-append-time"), decompressor).value();
  REQUIRE(samples.size() == 5);
  for (const Sample& sample : samples) CHECK(sample.timestamp == kSampleTime + 60'000);
}

TEST_CASE("offsets count from the base offset and sizes add up to the batch") {
  auto batch = build(small_samples());
  patch_base_offset(batch.data(), Offset(1000));
  Decompressor decompressor;
  auto records = RecordIterator::over(batch, decompressor);
  REQUIRE(records);
  std::size_t bytes = kBatchHeaderBytes;
  std::int64_t due = 1000;
  for (auto record = records->next(); record.value() != nullptr; record = records->next()) {
    CHECK((*record)->offset == Offset(due));
    CHECK((*record)->offset_delta == due - 1000);
    bytes += (*record)->size;
    ++due;
  }
  CHECK(due == 1005);
  CHECK(bytes == batch.size());
}

TEST_CASE("a count that disagrees with the bytes is malformed") {
  Decompressor decompressor;
  for (std::int32_t count : {4, 6, std::numeric_limits<std::int32_t>::max()}) {
    auto batch = build(small_samples());
    store_be(batch.data() + 57, count);
    CHECK(read_all(batch, decompressor).error().code == Errc::malformed);
  }
}

TEST_CASE("forged bytes of a record give an error or other records, never a read beyond the batch") {
  Decompressor decompressor;
  const auto good = build(small_samples());
  for (std::size_t at = kBatchHeaderBytes; at < good.size(); ++at) {
    for (int forged : {0x00, 0x01, 0x02, 0x7f, 0x80, 0xff}) {
      // A copy of exactly the batch's size, so that the address sanitizer sees one byte too many.
      std::vector<std::byte> batch(good);
      batch[at] = static_cast<std::byte>(forged);
      const auto samples = read_all(batch, decompressor);
      if (!samples) CHECK(samples.error().code == Errc::malformed);
    }
  }
}

TEST_CASE("random bytes behind a header never lead beyond the batch") {
  const std::uint32_t seed = 20260131;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  Decompressor decompressor(1 << 20);
  for (int round = 0; round < 3000; ++round) {
    auto batch = build({{kSampleTime, "k", std::string(random() % 200, 'x'), {}}});
    for (std::size_t at = kBatchHeaderBytes; at < batch.size(); ++at) {
      if (random() % 4 == 0) batch[at] = static_cast<std::byte>(random());
    }
    batch[22] = static_cast<std::byte>(random() % 8);
    const auto samples = read_all(batch, decompressor);
    if (!samples)
      CHECK((samples.error().code == Errc::malformed || samples.error().code == Errc::unsupported_codec ||
             samples.error().code == Errc::too_large));
  }
}

TEST_CASE("a header count that its bytes cannot hold is refused at once") {
  Decompressor decompressor;
  auto batch = build({{kSampleTime, std::nullopt, std::nullopt, {}}});
  // The last byte is the header count: 63 headers in no bytes.
  batch.back() = std::byte{126};
  CHECK(read_all(batch, decompressor).error().text == "record 0 of the batch: the record's headers do not fit the record");
}

TEST_CASE("a batch cut short or followed by more is refused") {
  Decompressor decompressor;
  auto batch = build(small_samples());
  CHECK(RecordIterator::over(ByteView(batch).first(batch.size() - 1), decompressor).error().code == Errc::malformed);
  batch.push_back(std::byte{0});
  CHECK(RecordIterator::over(batch, decompressor).error().code == Errc::malformed);
}

TEST_CASE("the walker goes from batch to batch and leaves a cut one as rest") {
  std::vector<std::byte> buffer;
  for (const char* name : {"small-none", "large-lz4", "commit-marker"}) {
    const auto batch = golden(name);
    buffer.insert(buffer.end(), batch.begin(), batch.end());
  }
  BatchWalker walker(ByteView(buffer).first(buffer.size() - 1));
  CHECK(walker.next().value()->bytes.size() == golden("small-none").size());
  CHECK(walker.next().value()->header.record_count == 3000);
  CHECK_FALSE(walker.next().value().has_value());
  CHECK(walker.rest().size() == golden("commit-marker").size() - 1);
}

TEST_CASE("the walker stops at a forged batch") {
  auto buffer = golden("small-none");
  store_be(buffer.data() + 8, std::int32_t{3});
  BatchWalker walker(buffer);
  CHECK(walker.next().error().code == Errc::malformed);
  CHECK(walker.rest().size() == buffer.size());
}
