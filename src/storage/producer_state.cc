// The sequence check and its journal; the file is in producer_snapshot.cc.
#include "storage/producer_state.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace streamline::storage {

void ProducerEntry::add(const ProducerBatch& batch) {
  if (count_ == kRememberedBatches) {
    std::move(batches_.begin() + 1, batches_.end(), batches_.begin());
    --count_;
  }
  batches_[count_++] = batch;
}

bool operator==(const ProducerEntry& a, const ProducerEntry& b) {
  return a.id == b.id && a.epoch == b.epoch && a.last_update_ms == b.last_update_ms && std::ranges::equal(a.batches(), b.batches());
}

ProducerTable::Verdict ProducerTable::check(const record::BatchHeader& header) const {
  // Markers carry no sequence; they are the coordinator's to order.
  if (!header.has_producer_id() || header.base_sequence < 0) return {};
  const auto found = table_.find(header.producer_id);
  if (found == table_.end()) return {};  // rule 49
  const ProducerEntry& entry = found->second;
  if (header.producer_epoch < entry.epoch) return {.duplicate = {}, .error = Errc::invalid_producer_epoch};  // rule 50
  if (header.producer_epoch > entry.epoch) {
    if (header.base_sequence == 0) return {};
    return {.duplicate = {}, .error = Errc::out_of_order_sequence};
  }
  for (const ProducerBatch& batch : entry.batches()) {  // rule 46
    if (batch.first_sequence == header.base_sequence && batch.last_sequence == header.last_sequence()) {
      return {.duplicate = batch, .error = {}};
    }
  }
  const std::int32_t last = entry.last_sequence();
  const std::int32_t expected = last == record::kNoSequence ? 0 : record::sequence_after(last, 1);  // rule 47
  if (header.base_sequence == expected) return {};
  return {.duplicate = {}, .error = Errc::out_of_order_sequence};  // rule 48
}

void ProducerTable::apply(const record::BatchHeader& header, std::int64_t append_time_ms, std::int64_t update_ms) {
  if (!header.has_producer_id()) return;
  ++version_;
  const auto [place, added] = table_.try_emplace(header.producer_id);
  ProducerEntry& entry = place->second;
  journal_.push_back({header.producer_id, added ? std::nullopt : std::optional(entry)});
  entry.id = header.producer_id;
  if (header.producer_epoch != entry.epoch) entry.clear();
  entry.epoch = header.producer_epoch;
  entry.last_update_ms = update_ms;
  if (header.base_sequence >= 0) {
    entry.add({header.base_sequence, header.last_sequence(), header.base_offset, header.last_offset(), append_time_ms});
  }
}

void ProducerTable::roll_back() {
  for (auto change = journal_.rbegin(); change != journal_.rend(); ++change) {
    if (change->before) {
      table_[change->id] = *change->before;
    } else {
      table_.erase(change->id);
    }
  }
  journal_.clear();
}

void ProducerTable::expire(WallTime now, std::int64_t expiration_ms, OpenTransactions& transactions) {
  const std::size_t gone = std::erase_if(
      table_, [&](const auto& item) { return now.ms - item.second.last_update_ms >= expiration_ms && transactions.forget(item.first); });
  if (gone > 0) ++version_;
}

std::size_t ProducerTable::bound(std::size_t most, OpenTransactions& transactions) {
  if (table_.size() <= most) return 0;
  SL_ASSERT(journal_.empty());
  std::vector<std::pair<std::int64_t, ProducerId>> by_age;
  by_age.reserve(table_.size());
  for (const auto& [id, entry] : table_) {
    if (!transactions.is_open(id)) by_age.emplace_back(entry.last_update_ms, id);
  }
  const std::size_t gone = std::min(table_.size() - most + most / 8, by_age.size());
  const auto border = by_age.begin() + static_cast<std::ptrdiff_t>(gone);
  // Of the same age the smaller id is the older producer.
  std::nth_element(by_age.begin(), border, by_age.end());
  for (auto old = by_age.begin(); old != border; ++old) {
    static_cast<void>(transactions.forget(old->second));
    table_.erase(old->second);
  }
  ++version_;
  return gone;
}

std::int16_t ProducerTable::epoch_of(ProducerId id) const {
  const auto found = table_.find(id);
  return found == table_.end() ? record::kNoProducerEpoch : found->second.epoch;
}

std::vector<ProducerEntry> ProducerTable::entries() const {
  std::vector<ProducerEntry> all;
  all.reserve(table_.size());
  for (const auto& [id, entry] : table_) all.push_back(entry);
  std::ranges::sort(all, {}, &ProducerEntry::id);
  return all;
}

}  // namespace streamline::storage
