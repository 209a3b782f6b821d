// The `.producers` file: magic "STPS" 4, version 2, reserved 2, offset 8, count 4, then per producer: id 8, epoch 2, last update 8,
// batch count 1, and per batch: first sequence 4, last sequence 4, first offset 8, last offset 8, append time 8; CRC-32C of all 4.
// The version number is the place for open transactions.
#include "base/crc32c.h"
#include "storage/producer_state.h"

namespace streamline::storage {
namespace {

constexpr std::uint32_t kMagic = 0x53505453;
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kHeadBytes = 20;
constexpr std::size_t kProducerBytes = 19;
constexpr std::size_t kBatchBytes = 32;

/// Reads one producer off the front of `rest`; false when it does not fit.
bool take_producer(ByteView& rest, ProducerEntry& entry) {
  if (rest.size() < kProducerBytes) return false;
  const std::byte* at = rest.data();
  entry.id = ProducerId(load_le<std::int64_t>(at));
  entry.epoch = load_le<std::int16_t>(at + 8);
  entry.last_update_ms = load_le<std::int64_t>(at + 10);
  const std::size_t count = load_le<std::uint8_t>(at + 18);
  rest = rest.subspan(kProducerBytes);
  if (count > ProducerEntry::kRememberedBatches || rest.size() < count * kBatchBytes) return false;
  for (std::size_t i = 0; i < count; ++i, rest = rest.subspan(kBatchBytes)) {
    at = rest.data();
    entry.add({load_le<std::int32_t>(at), load_le<std::int32_t>(at + 4), Offset(load_le<std::int64_t>(at + 8)),
               Offset(load_le<std::int64_t>(at + 16)), load_le<std::int64_t>(at + 24)});
  }
  return true;
}

}  // namespace

std::vector<std::byte> ProducerTable::encode(Offset offset) const {
  const std::vector<ProducerEntry> all = entries();
  std::size_t size = kHeadBytes + 4;
  for (const ProducerEntry& entry : all) size += kProducerBytes + entry.batches().size() * kBatchBytes;
  std::vector<std::byte> bytes(size);
  std::byte* at = bytes.data();
  store_le(at, kMagic);
  store_le(at + 4, kVersion);
  store_le(at + 8, offset.value);
  store_le(at + 16, static_cast<std::uint32_t>(all.size()));
  at += kHeadBytes;
  for (const ProducerEntry& entry : all) {
    store_le(at, entry.id.value);
    store_le(at + 8, entry.epoch);
    store_le(at + 10, entry.last_update_ms);
    store_le(at + 18, static_cast<std::uint8_t>(entry.batches().size()));
    at += kProducerBytes;
    for (const ProducerBatch& batch : entry.batches()) {
      store_le(at, batch.first_sequence);
      store_le(at + 4, batch.last_sequence);
      store_le(at + 8, batch.first_offset.value);
      store_le(at + 16, batch.last_offset.value);
      store_le(at + 24, batch.append_time_ms);
      at += kBatchBytes;
    }
  }
  store_le(at, crc32c(ByteView(bytes).first(size - 4)));
  return bytes;
}

Result<ProducerTable::Snapshot> ProducerTable::decode(ByteView bytes) {
  if (bytes.size() < kHeadBytes + 4 || load_le<std::uint32_t>(bytes.data()) != kMagic)
    return fail(Errc::corrupt, "not a producer snapshot");
  const ByteView body = bytes.first(bytes.size() - 4);
  if (load_le<std::uint32_t>(bytes.data() + body.size()) != crc32c(body)) return fail(Errc::corrupt, "producer snapshot fails its CRC");
  if (load_le<std::uint16_t>(bytes.data() + 4) != kVersion) return fail(Errc::unsupported, "producer snapshot of another version");
  Snapshot snapshot;
  snapshot.offset = Offset(load_le<std::int64_t>(bytes.data() + 8));
  const std::uint32_t count = load_le<std::uint32_t>(bytes.data() + 16);
  ByteView rest = body.subspan(kHeadBytes);
  for (std::uint32_t i = 0; i < count; ++i) {
    ProducerEntry entry;
    if (!take_producer(rest, entry)) return fail(Errc::corrupt, "producer snapshot of a wrong length");
    snapshot.table.table_.insert_or_assign(entry.id, entry);
  }
  if (!rest.empty()) return fail(Errc::corrupt, "producer snapshot of a wrong length");
  return snapshot;
}

}  // namespace streamline::storage
