// Every change of an entry goes through changed() and put(), which keep the journal and the order of what is open.
#include "storage/open_transactions.h"

#include <algorithm>

#include "base/assert.h"

namespace streamline::storage {

namespace {

/// Idle guards are forgotten when there are more.
constexpr std::size_t kMostGuards = 10'000;

/// Sequences wrap, and those in flight at one time lie close together.
bool is_later(std::int32_t sequence, std::int32_t than) {
  if (sequence < 0 || than < 0 || sequence == than) return false;
  const std::uint32_t ahead = (static_cast<std::uint32_t>(sequence) - static_cast<std::uint32_t>(than)) & 0x7fffffffU;
  return ahead < 0x40000000U;
}

}  // namespace

std::optional<TransactionGuard> OpenTransactions::guard(const GuardRequest& request) {
  const auto known = guards_.find(request.id);
  const bool is_awaited = known != guards_.end() && known->second.holders > 0;
  // Whoever asked earlier writes earlier.
  if (!is_awaited && is_open(request.id, request.epoch)) return std::nullopt;
  if (known == guards_.end() && guards_.size() >= kMostGuards) drop_idle_guards();
  const auto [place, is_new] = guards_.try_emplace(request.id);
  Guarded& kept = place->second;
  if (is_new) kept.guard = TransactionGuard(++last_guard_);
  if (is_new || request.epoch > kept.epoch || (request.epoch == kept.epoch && is_later(kept.lowest_sequence, request.first_sequence))) {
    kept.epoch = request.epoch;
    kept.lowest_sequence = request.first_sequence;
  }
  ++kept.holders;
  return kept.guard;
}

void OpenTransactions::release_guard(ProducerId id, TransactionGuard guard) {
  const auto found = guards_.find(id);
  if (found == guards_.end() || found->second.guard != guard) return;
  SL_ASSERT(found->second.holders > 0);
  if (--found->second.holders == 0 && is_open(id)) guards_.erase(found);
}

void OpenTransactions::drop_idle_guards() {
  std::erase_if(guards_, [](const auto& item) { return item.second.holders == 0; });
}

std::optional<TransactionFault> OpenTransactions::check(const record::BatchHeader& header, std::optional<TransactionGuard> guard) const {
  if (!header.has_producer_id()) return std::nullopt;
  if (!header.is_transactional()) {
    return is_open(header.producer_id) ? std::optional(TransactionFault::not_transactional) : std::nullopt;
  }
  if (is_open(header.producer_id, header.producer_epoch)) return std::nullopt;
  const auto taken = guards_.find(header.producer_id);
  if (!guard || taken == guards_.end() || taken->second.guard != *guard) return TransactionFault::not_verified;
  const bool is_first = taken->second.epoch != header.producer_epoch || !is_later(header.base_sequence, taken->second.lowest_sequence);
  return is_first ? std::nullopt : std::optional(TransactionFault::out_of_order);
}

void OpenTransactions::apply(const record::BatchHeader& header) {
  if (!header.has_producer_id() || !header.is_transactional()) return;
  if (is_open(header.producer_id, header.producer_epoch)) return;
  TransactionEntry entry = changed(header.producer_id);
  entry.epoch = header.producer_epoch;
  if (!entry.first) entry.first = header.base_offset;
  put(entry);
}

std::optional<TransactionFault> OpenTransactions::check(const record::EndMarker& marker) const {
  const auto found = entries_.find(marker.producer_id);
  if (found == entries_.end()) return std::nullopt;
  if (marker.coordinator_epoch < found->second.coordinator_epoch) return TransactionFault::coordinator_fenced;
  if (marker.producer_epoch < found->second.epoch) return TransactionFault::old_epoch;
  return std::nullopt;
}

std::optional<AbortedTransaction> OpenTransactions::apply(const record::EndMarker& marker, Offset offset) {
  guards_.erase(marker.producer_id);
  TransactionEntry entry = changed(marker.producer_id);
  const std::optional<Offset> first = std::exchange(entry.first, std::nullopt);
  entry.epoch = marker.producer_epoch;
  entry.coordinator_epoch = marker.coordinator_epoch;
  put(entry);
  if (!first) return std::nullopt;
  ended_.push_back({.first = *first, .marker = offset});
  ++ended_new_;
  if (marker.end == record::TransactionEnd::commit) return std::nullopt;
  const Offset stable = open_.empty() ? offset + 1 : std::min(open_.begin()->first, offset + 1);
  return AbortedTransaction{.producer_id = marker.producer_id, .first = *first, .marker = offset, .last_stable = stable};
}

void OpenTransactions::commit() {
  journal_.clear();
  ended_new_ = 0;
}

void OpenTransactions::roll_back() {
  for (auto change = journal_.rbegin(); change != journal_.rend(); ++change) {
    const auto found = entries_.find(change->id);
    if (found->second.first) open_.erase({*found->second.first, change->id});
    entries_.erase(found);
    if (change->before) put(*change->before);
  }
  journal_.clear();
  for (; ended_new_ > 0; --ended_new_) ended_.pop_back();
}

std::optional<Offset> OpenTransactions::first_unstable(Offset high_watermark) const {
  std::optional<Offset> first;
  if (!open_.empty()) first = open_.begin()->first;
  for (const Ended& ended : ended_) {
    if (ended.marker >= high_watermark && (!first || ended.first < *first)) first = ended.first;
  }
  return first;
}

void OpenTransactions::note_high_watermark(Offset high_watermark) {
  SL_ASSERT(ended_new_ == 0);
  while (!ended_.empty() && ended_.front().marker < high_watermark) ended_.pop_front();
}

bool OpenTransactions::is_open(ProducerId id) const {
  const auto found = entries_.find(id);
  return found != entries_.end() && found->second.first.has_value();
}

bool OpenTransactions::is_open(ProducerId id, std::int16_t epoch) const {
  const auto found = entries_.find(id);
  return found != entries_.end() && found->second.first.has_value() && found->second.epoch == epoch;
}

std::optional<TransactionEntry> OpenTransactions::entry(ProducerId id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<TransactionEntry> OpenTransactions::entries() const {
  std::vector<TransactionEntry> all;
  all.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) all.push_back(entry);
  return all;
}

void OpenTransactions::restore(const TransactionEntry& entry) {
  SL_ASSERT(!entries_.contains(entry.id));
  put(entry);
}

bool OpenTransactions::forget(ProducerId id) {
  SL_ASSERT(journal_.empty());
  if (is_open(id)) return false;
  entries_.erase(id);
  guards_.erase(id);
  return true;
}

TransactionEntry& OpenTransactions::changed(ProducerId id) {
  const auto [place, is_new] = entries_.try_emplace(id, TransactionEntry{.id = id});
  journal_.push_back({.id = id, .before = is_new ? std::nullopt : std::optional(place->second)});
  return place->second;
}

void OpenTransactions::put(const TransactionEntry& entry) {
  TransactionEntry& kept = entries_[entry.id];
  if (kept.first) open_.erase({*kept.first, entry.id});
  kept = entry;
  if (kept.first) open_.emplace(*kept.first, entry.id);
}

}  // namespace streamline::storage
