// Kept twice: by place, for readers and removals, and by producer, for markers.
#include "groups/offsets/pending_offsets.h"

#include <utility>

namespace streamline::groups {

void PendingOffsets::set(ProducerId producer, const OffsetPlaceView& place, CommittedOffset offset) {
  auto found = by_place_.find(place);
  const OffsetPlace owned{.group = std::string(place.group), .topic = std::string(place.topic), .partition = place.partition};
  if (found == by_place_.end()) found = by_place_.try_emplace(owned).first;
  found->second.insert_or_assign(producer, Pending{.offset = std::move(offset), .order = ++last_order_});
  places_[producer].insert(owned);
}

void PendingOffsets::overtake(const OffsetPlaceView& place) {
  const auto found = by_place_.find(place);
  if (found == by_place_.end()) return;
  for (auto& [producer, pending] : found->second) pending.overtaken = true;
}

void PendingOffsets::forget(ProducerId producer, const OffsetPlaceView& place) {
  const auto known = places_.find(producer);
  const auto at = known->second.find(place);
  known->second.erase(at);
  if (known->second.empty()) places_.erase(known);
}

void PendingOffsets::remove(const OffsetPlaceView& place) {
  const auto found = by_place_.find(place);
  if (found == by_place_.end()) return;
  for (const auto& [producer, pending] : found->second) forget(producer, place);
  by_place_.erase(found);
}

std::vector<PendingOffsets::Ended> PendingOffsets::end(ProducerId producer, TransactionEnd end) {
  std::vector<Ended> ended;
  const auto known = places_.find(producer);
  if (known == places_.end()) return ended;
  const Places places = std::move(known->second);
  places_.erase(known);
  for (const OffsetPlace& place : places) {
    const auto found = by_place_.find(place);
    const auto own = found->second.find(producer);
    Pending pending = std::move(own->second);
    found->second.erase(own);
    if (end == TransactionEnd::commit && !pending.overtaken) {
      for (auto& [other, each] : found->second) each.overtaken |= each.order < pending.order;
      ended.push_back({.place = place, .offset = std::move(pending.offset)});
    }
    if (found->second.empty()) by_place_.erase(found);
  }
  return ended;
}

bool PendingOffsets::contains_group(std::string_view group) const {
  const auto first = by_place_.lower_bound(OffsetPlaceView{.group = group, .partition = INT32_MIN});
  return first != by_place_.end() && first->first.group == group;
}

std::vector<std::string> PendingOffsets::groups_of(ProducerId producer) const {
  std::vector<std::string> groups;
  const auto known = places_.find(producer);
  if (known == places_.end()) return groups;
  for (const OffsetPlace& place : known->second) {
    if (groups.empty() || groups.back() != place.group) groups.push_back(place.group);
  }
  return groups;
}

}  // namespace streamline::groups
