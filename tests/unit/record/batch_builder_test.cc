// Built and recompressed batches against those of Kafka's client.
#include "record/batch_builder.h"

#include <catch2/catch.hpp>

#include "unit/record/sample_batches.h"

using namespace streamline;
using namespace streamline::record;

TEST_CASE("an uncompressed batch is byte for byte what Kafka's client makes") {
  CHECK(build(small_samples(), golden_options()) == golden("small-none"));
}

TEST_CASE("compressed batches are read back and have Kafka's header but for size and checksum") {
  Decompressor decompressor;
  for (const Codec codec : kAllCodecs) {
    auto options = golden_options();
    options.codec = codec;
    const auto batch = build(small_samples(), options);
    CHECK(check_crc(batch));
    CHECK(read_all(batch, decompressor).value() == small_samples());
    auto header = read_batch_header(batch).value();
    const auto expected = read_batch_header(golden("small-" + std::string(to_string(codec)))).value();
    header.crc = expected.crc;
    header.batch_length = expected.batch_length;
    CHECK(header == expected);
  }
}

TEST_CASE("a builder can be used again and starts empty") {
  BatchBuilder builder;
  builder.add({.timestamp = 5, .value = as_bytes("first")});
  const auto first = builder.finish();
  CHECK(builder.count() == 0);
  CHECK(builder.plain_bytes() == kBatchHeaderBytes);
  builder.add({.timestamp = 5, .value = as_bytes("first")});
  CHECK(builder.finish().value() == first.value());
}

TEST_CASE("a control batch carries its bits") {
  BatchOptions options;
  options.transactional = true;
  options.control = true;
  const auto header = read_batch_header(build({{1, "k", "v", {}}}, options)).value();
  CHECK(header.is_control());
  CHECK(header.is_transactional());
}

TEST_CASE("a bad level is an error and leaves the builder usable") {
  BatchOptions options;
  options.codec = Codec::gzip;
  options.level = 77;
  BatchBuilder builder(options);
  builder.add({});
  CHECK(builder.finish().error().code == Errc::out_of_range);
  builder.set_options({});
  builder.add({});
  CHECK(builder.finish().has_value());
}

TEST_CASE("rule 13.11: a batch is recompressed from every codec to every other with its header kept") {
  Recompressor recompressor;
  Decompressor decompressor;
  for (const Codec from : kAllCodecs) {
    for (const Codec to : kAllCodecs) {
      INFO(to_string(from) << " to " << to_string(to));
      const auto original = golden("small-" + std::string(to_string(from)));
      const MutableBytes batch = recompressor.recompress(original, to).value();
      CHECK(check_crc(batch));
      CHECK(read_all(batch, decompressor).value() == small_samples());
      auto header = read_batch_header(batch).value();
      CHECK(header.codec() == to);
      CHECK(header.size_bytes() == batch.size());
      CHECK(header.producer_id == ProducerId(4711));
      CHECK(header.max_timestamp == kSampleTime + 10);
      CHECK(header.base_sequence == 10);
    }
  }
}
