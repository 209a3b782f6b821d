// Slow and plain: everything is counted from the entries each time.
#include "scenario/transactions/model_partition.h"

#include <algorithm>

namespace streamline::scenario {

using transactions::Outcome;
using transactions::Producer;

std::size_t ModelPartition::guard(ProducerId id) const {
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.marker && entry.producer.id == id; }));
}

std::optional<std::size_t> ModelPartition::append(const Producer& producer, std::uint32_t serial, std::size_t guard_taken) {
  const bool is_fenced = std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.producer.id == producer.id && entry.producer.epoch > producer.epoch;
  });
  if (is_fenced || guard(producer.id) != guard_taken) return std::nullopt;
  entries_.push_back({.producer = producer, .serial = serial});
  return entries_.size() - 1;
}

bool ModelPartition::mark(const transactions::MarkerOrder& order) {
  const bool is_stale = std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.producer.id == order.producer.id && entry.producer.epoch > order.producer.epoch;
  });
  entries_.push_back({.producer = order.producer, .marker = order.outcome});
  return !is_stale;
}

void ModelPartition::lose_power(std::size_t extra) {
  entries_.resize(std::min(entries_.size(), durable_ + extra));
  durable_ = entries_.size();
}

std::map<std::size_t, Fate> ModelPartition::fates() const {
  std::map<std::size_t, Fate> fates;
  for (std::size_t at = 0; at < entries_.size(); ++at) {
    const Entry& entry = entries_[at];
    if (!entry.marker) {
      fates[at] = Fate::open;
      continue;
    }
    for (auto& [place, fate] : fates) {
      if (fate == Fate::open && entries_[place].producer.id == entry.producer.id)
        fate = *entry.marker == Outcome::commit ? Fate::committed : Fate::aborted;
    }
  }
  return fates;
}

}  // namespace streamline::scenario
