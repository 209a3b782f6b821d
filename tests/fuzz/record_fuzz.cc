// libFuzzer target: any bytes as what a producer sends for one partition: checked, walked, converted to the old formats and back.
// Seeds: tests/unit/record/golden.
#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"
#include "record/legacy/downgrade.h"
#include "record/legacy/upgrade.h"
#include "record/record_iterator.h"
#include "record/validator.h"

namespace streamline::record {
namespace {

constexpr std::size_t kMostPlain = 1024 * 1024;
constexpr std::size_t kLengthPosition = 8;
constexpr std::size_t kCrcPosition = 17;

/// With a right length and checksum, which no chance finds, so that what lies behind these checks is reached.
std::vector<std::byte> repaired(ByteView bytes) {
  std::vector<std::byte> batch(bytes.begin(), bytes.end());
  if (batch.size() < kBatchHeaderBytes) return batch;
  store_be(batch.data() + kLengthPosition, static_cast<std::int32_t>(batch.size() - kBatchPrefixBytes));
  store_be(batch.data() + kCrcPosition, compute_crc(batch));
  return batch;
}

/// The checks promise that a batch which passed them in full is read to its end, and converts.
void read_to_the_end(ByteView batch, Decompressor& decompressor) {
  auto records = RecordIterator::over(batch, decompressor);
  SL_ASSERT(records.has_value());
  std::int32_t count = 0;
  for (;; ++count) {
    const auto record = records->next();
    SL_ASSERT(record.has_value());
    if (*record == nullptr) break;
    for (const HeaderView header : (*record)->headers) SL_ASSERT(header.key.size() <= batch.size() + kMostPlain);
  }
  SL_ASSERT(count == records->header().record_count);
}

void downgrade(ByteView batch, std::int8_t magic) {
  Decompressor decompressor(kMostPlain);
  Compressor compressor;
  legacy::Downgrade conversion({.magic = magic, .max_bytes = 2 * kMostPlain}, decompressor, compressor);
  if (!conversion.add(batch)) return;
  legacy::Upgrade upgrade({.max_message_bytes = 4 * kMostPlain, .max_plain_bytes = 4 * kMostPlain});
  static_cast<void>(upgrade.run(conversion.set()));
}

void try_batch(ByteView bytes) {
  Decompressor decompressor(kMostPlain);
  for (const bool require_key : {false, true}) {
    ValidateOptions options;
    options.mode = ValidationMode::header;
    options.require_key = require_key;
    static_cast<void>(validate_batch(bytes, options, decompressor));
  }
  ValidateOptions full;
  full.mode = ValidationMode::full;
  full.allow_zstd = true;
  if (!validate_batch(bytes, full, decompressor)) return;
  read_to_the_end(bytes, decompressor);
  downgrade(bytes, 0);
  downgrade(bytes, 1);
}

void try_old_set(ByteView bytes) {
  const auto batch = legacy::Upgrade({.max_message_bytes = kMostPlain, .max_plain_bytes = kMostPlain}).run(bytes);
  if (!batch || batch->batch.empty()) return;
  Decompressor decompressor(kMostPlain);
  read_to_the_end(batch->batch, decompressor);
}

}  // namespace
}  // namespace streamline::record

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const streamline::ByteView input{reinterpret_cast<const std::byte*>(bytes), size};
  streamline::record::try_batch(input);
  streamline::record::try_batch(streamline::record::repaired(input));
  streamline::record::try_old_set(input);
  return 0;
}
