// The `.producers` file: magic "STPS" 4, version 2, reserved 2, offset 8, count 4, then per producer: id 8, epoch 2, last update 8,
// batch count 1, and per batch: first sequence 4, last sequence 4, first offset 8, last offset 8, append time 8; in version 2 then the
// number of transaction entries 4, per entry: id 8, epoch 2, coordinator epoch 4, first offset 8 (-1 = nothing is open); the number of
// ranges of aborted transactions 4, per range: from 8, to 8, count 4, crc 4; and last CRC-32C of all 4. Version 1 is read too.
#include "base/crc32c.h"
#include "storage/producer_state.h"

namespace streamline::storage {
namespace {

constexpr std::uint32_t kMagic = 0x53505453;
constexpr std::uint16_t kVersion = 2;
constexpr std::uint16_t kPlainVersion = 1;
constexpr std::size_t kHeadBytes = 20;
constexpr std::size_t kProducerBytes = 19;
constexpr std::size_t kBatchBytes = 32;
constexpr std::size_t kTransactionBytes = 22;
constexpr std::size_t kRangeBytes = 24;

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

void put_transactions(std::byte* at, const TransactionSnapshot& transactions) {
  store_le(at, static_cast<std::uint32_t>(transactions.entries.size()));
  at += 4;
  for (const TransactionEntry& entry : transactions.entries) {
    store_le(at, entry.id.value);
    store_le(at + 8, entry.epoch);
    store_le(at + 10, entry.coordinator_epoch);
    store_le(at + 14, entry.first ? entry.first->value : std::int64_t{-1});
    at += kTransactionBytes;
  }
  store_le(at, static_cast<std::uint32_t>(transactions.aborted.size()));
  at += 4;
  for (const AbortedRange& range : transactions.aborted) {
    store_le(at, range.from.value);
    store_le(at + 8, range.to.value);
    store_le(at + 16, range.count);
    store_le(at + 20, range.crc);
    at += kRangeBytes;
  }
}

/// Takes a count of things of that size off the front; nothing when so many do not fit.
std::optional<std::uint32_t> take_count(ByteView& rest, std::size_t each) {
  if (rest.size() < 4) return std::nullopt;
  const std::uint32_t count = load_le<std::uint32_t>(rest.data());
  rest = rest.subspan(4);
  return rest.size() / each < count ? std::nullopt : std::optional(count);
}

bool take_transactions(ByteView& rest, TransactionSnapshot& transactions) {
  std::optional<std::uint32_t> count = take_count(rest, kTransactionBytes);
  for (std::uint32_t i = 0; count && i < *count; ++i, rest = rest.subspan(kTransactionBytes)) {
    const std::byte* at = rest.data();
    const std::int64_t first = load_le<std::int64_t>(at + 14);
    transactions.entries.push_back({.id = ProducerId(load_le<std::int64_t>(at)),
                                    .epoch = load_le<std::int16_t>(at + 8),
                                    .first = first < 0 ? std::nullopt : std::optional(Offset(first)),
                                    .coordinator_epoch = load_le<std::int32_t>(at + 10)});
    const std::size_t before = transactions.entries.size() - 1;
    if (before > 0 && transactions.entries[before - 1].id >= transactions.entries[before].id) return false;
  }
  if (!count) return false;
  count = take_count(rest, kRangeBytes);
  for (std::uint32_t i = 0; count && i < *count; ++i, rest = rest.subspan(kRangeBytes)) {
    const std::byte* at = rest.data();
    transactions.aborted.push_back({.from = Offset(load_le<std::int64_t>(at)),
                                    .to = Offset(load_le<std::int64_t>(at + 8)),
                                    .count = load_le<std::uint32_t>(at + 16),
                                    .crc = load_le<std::uint32_t>(at + 20)});
  }
  return count.has_value();
}

}  // namespace

std::vector<std::byte> ProducerTable::encode(Offset offset, const TransactionSnapshot& transactions) const {
  const std::vector<ProducerEntry> all = entries();
  const bool plain = transactions.entries.empty() && transactions.aborted.empty();
  std::size_t size = kHeadBytes + 4;
  if (!plain) size += 8 + transactions.entries.size() * kTransactionBytes + transactions.aborted.size() * kRangeBytes;
  for (const ProducerEntry& entry : all) size += kProducerBytes + entry.batches().size() * kBatchBytes;
  std::vector<std::byte> bytes(size);
  std::byte* at = bytes.data();
  store_le(at, kMagic);
  store_le(at + 4, plain ? kPlainVersion : kVersion);
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
  if (!plain) put_transactions(at, transactions);
  store_le(bytes.data() + size - 4, crc32c(ByteView(bytes).first(size - 4)));
  return bytes;
}

Result<ProducerTable::Snapshot> ProducerTable::decode(ByteView bytes) {
  if (bytes.size() < kHeadBytes + 4 || load_le<std::uint32_t>(bytes.data()) != kMagic)
    return fail(Errc::corrupt, "not a producer snapshot");
  const ByteView body = bytes.first(bytes.size() - 4);
  if (load_le<std::uint32_t>(bytes.data() + body.size()) != crc32c(body)) return fail(Errc::corrupt, "producer snapshot fails its CRC");
  const std::uint16_t version = load_le<std::uint16_t>(bytes.data() + 4);
  if (version != kVersion && version != kPlainVersion) return fail(Errc::unsupported, "producer snapshot of another version");
  Snapshot snapshot;
  snapshot.offset = Offset(load_le<std::int64_t>(bytes.data() + 8));
  const std::uint32_t count = load_le<std::uint32_t>(bytes.data() + 16);
  ByteView rest = body.subspan(kHeadBytes);
  for (std::uint32_t i = 0; i < count; ++i) {
    ProducerEntry entry;
    if (!take_producer(rest, entry)) return fail(Errc::corrupt, "producer snapshot of a wrong length");
    snapshot.table.table_.insert_or_assign(entry.id, entry);
  }
  if (version == kVersion && !take_transactions(rest, snapshot.transactions))
    return fail(Errc::corrupt, "producer snapshot with a wrong part about transactions");
  if (!rest.empty()) return fail(Errc::corrupt, "producer snapshot of a wrong length");
  return snapshot;
}

}  // namespace streamline::storage
