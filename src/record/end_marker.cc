// Ten bytes in a batch of its own.
#include "record/end_marker.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/assert.h"
#include "record/batch_builder.h"
#include "record/record_iterator.h"

namespace streamline::record {

namespace {
constexpr std::int16_t kVersion = 0;
constexpr std::size_t kKeyBytes = 4;
constexpr std::size_t kValueBytes = 6;
}  // namespace

std::vector<std::byte> encode_end_marker(const EndMarker& marker, std::int64_t timestamp_ms) {
  std::array<std::byte, kKeyBytes> key{};
  store_be(key.data(), kVersion);
  store_be(key.data() + 2, static_cast<std::int16_t>(marker.end));
  std::array<std::byte, kValueBytes> value{};
  store_be(value.data(), kVersion);
  store_be(value.data() + 2, marker.coordinator_epoch);
  BatchBuilder builder(
      {.producer_id = marker.producer_id, .producer_epoch = marker.producer_epoch, .transactional = true, .control = true});
  builder.add({.timestamp = timestamp_ms, .key = ByteView(key), .value = ByteView(value)});
  auto batch = builder.finish();
  // Uncompressed and small: there is nothing that could fail.
  SL_ASSERT(batch.has_value());
  return std::move(*batch);
}

Result<EndMarker> read_end_marker(ByteView batch) {
  const auto header = read_batch_header(batch);
  if (!header) return fail(header.error().code, header.error().text);
  if (!header->is_control()) return fail(Errc::invalid_argument, "not a control batch");
  EndMarker marker{.producer_id = header->producer_id, .producer_epoch = header->producer_epoch};
  Decompressor decompressor;
  auto records = RecordIterator::over(batch, decompressor);
  if (!records) return fail(records.error().code, records.error().text);
  const auto next = records->next();
  if (!next) return fail(next.error().code, next.error().text);
  const RecordView* record = *next;
  if (record == nullptr || !record->key || record->key->size() < kKeyBytes) return fail(Errc::malformed, "a control batch without a key");
  const std::byte* key = record->key->data();
  const auto type = load_be<std::int16_t>(key + 2);
  if (type != static_cast<std::int16_t>(TransactionEnd::abort) && type != static_cast<std::int16_t>(TransactionEnd::commit))
    return fail(Errc::unsupported, fmt::format("a control record of type {}", type));
  marker.end = static_cast<TransactionEnd>(type);
  const auto& value = record->value;
  if (!value || value->size() < kValueBytes) return fail(Errc::malformed, "an end marker without its coordinator's epoch");
  marker.coordinator_epoch = load_be<std::int32_t>(value->data() + 2);
  return marker;
}

}  // namespace streamline::record
