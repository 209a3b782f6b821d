// Markers ascend, so that a reader finds its place by halving, and stops where nothing can be left for it.
#include "storage/aborted_index.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"
#include "base/crc32c.h"

namespace streamline::storage {

namespace {

constexpr std::uint32_t kMagic = 0x58545453;
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kHeadBytes = 12;
constexpr std::size_t kTransactionBytes = 32;
constexpr std::size_t kCrcBytes = 4;

void put(std::byte* at, const AbortedTransaction& transaction) {
  store_le(at, transaction.producer_id.value);
  store_le(at + 8, transaction.first.value);
  store_le(at + 16, transaction.marker.value);
  store_le(at + 24, transaction.last_stable.value);
}

}  // namespace

void AbortedIndex::add(const AbortedTransaction& transaction) {
  SL_ASSERT(transactions_.empty() || transactions_.back().marker < transaction.marker);
  transactions_.push_back(transaction);
}

void AbortedIndex::cut(Offset end) {
  while (!transactions_.empty() && transactions_.back().marker >= end) transactions_.pop_back();
}

AbortedIndex::Search AbortedIndex::collect(Offset from, Offset up_to, std::vector<AbortedTransaction>& found) const {
  const auto is_before = [](const AbortedTransaction& transaction, Offset offset) { return transaction.marker < offset; };
  auto at = std::lower_bound(transactions_.begin(), transactions_.end(), from, is_before);
  for (; at != transactions_.end(); ++at) {
    if (at->first < up_to) found.push_back(*at);
    if (at->last_stable >= up_to) return Search::ended;
  }
  return Search::goes_on;
}

void AbortedIndex::drop_below(Offset start) {
  const std::size_t kept = within(start, Offset(INT64_MAX)).size();
  transactions_.erase(transactions_.begin(), transactions_.end() - static_cast<std::ptrdiff_t>(kept));
}

std::span<const AbortedTransaction> AbortedIndex::within(Offset from, Offset to) const {
  const auto begin = std::ranges::lower_bound(transactions_, from, {}, &AbortedTransaction::marker);
  const auto end = std::ranges::lower_bound(begin, transactions_.end(), to, {}, &AbortedTransaction::marker);
  return {begin, end};
}

AbortedRange AbortedIndex::range(Offset from, Offset to) const {
  AbortedRange range{.from = from, .to = to};
  std::array<std::byte, kTransactionBytes> bytes{};
  for (const AbortedTransaction& transaction : within(from, to)) {
    put(bytes.data(), transaction);
    range.crc = crc32c(bytes, range.crc);
    ++range.count;
  }
  return range;
}

std::vector<std::byte> AbortedIndex::encode(Offset from, Offset to) const {
  const std::span<const AbortedTransaction> chosen = within(from, to);
  std::vector<std::byte> bytes(kHeadBytes + chosen.size() * kTransactionBytes + kCrcBytes);
  std::byte* at = bytes.data();
  store_le(at, kMagic);
  store_le(at + 4, kVersion);
  store_le(at + 8, static_cast<std::uint32_t>(chosen.size()));
  at += kHeadBytes;
  for (const AbortedTransaction& transaction : chosen) {
    put(at, transaction);
    at += kTransactionBytes;
  }
  store_le(at, crc32c(ByteView(bytes).first(bytes.size() - kCrcBytes)));
  return bytes;
}

Result<AbortedIndex> AbortedIndex::decode(ByteView bytes) {
  if (bytes.size() < kHeadBytes + kCrcBytes || load_le<std::uint32_t>(bytes.data()) != kMagic)
    return fail(Errc::corrupt, "not an index of aborted transactions");
  const ByteView body = bytes.first(bytes.size() - kCrcBytes);
  if (load_le<std::uint32_t>(bytes.data() + body.size()) != crc32c(body))
    return fail(Errc::corrupt, "an index of aborted transactions fails its CRC");
  if (load_le<std::uint16_t>(bytes.data() + 4) != kVersion)
    return fail(Errc::unsupported, "an index of aborted transactions of another version");
  const std::size_t count = load_le<std::uint32_t>(bytes.data() + 8);
  if (body.size() != kHeadBytes + count * kTransactionBytes)
    return fail(Errc::corrupt, "an index of aborted transactions of a wrong length");
  AbortedIndex index;
  index.transactions_.reserve(count);
  for (const std::byte* at = body.data() + kHeadBytes; at != body.data() + body.size(); at += kTransactionBytes) {
    const AbortedTransaction transaction{.producer_id = ProducerId(load_le<std::int64_t>(at)),
                                         .first = Offset(load_le<std::int64_t>(at + 8)),
                                         .marker = Offset(load_le<std::int64_t>(at + 16)),
                                         .last_stable = Offset(load_le<std::int64_t>(at + 24))};
    if (!index.empty() && index.transactions_.back().marker >= transaction.marker)
      return fail(Errc::corrupt, "an index of aborted transactions out of order");
    index.transactions_.push_back(transaction);
  }
  return index;
}

void sort_for_readers(std::vector<AbortedTransaction>& found) {
  std::ranges::sort(found, {}, [](const AbortedTransaction& each) { return std::pair(each.first, each.producer_id); });
}

}  // namespace streamline::storage
