// Look-ups hash the group and the topic; partitions of one topic are few and kept in order.
#include "groups/offsets/offset_table.h"

#include <algorithm>

namespace streamline::groups {

namespace {

template <class Offsets>
auto place_of(Offsets& offsets, std::int32_t partition) {
  return std::lower_bound(offsets.begin(), offsets.end(), partition,
                          [](const auto& committed, std::int32_t wanted) { return committed.first < wanted; });
}

template <class Map>
auto& get_or_add(Map& map, std::string_view key) {
  const auto found = map.find(key);
  return found != map.end() ? found->second : map[std::string(key)];
}

}  // namespace

void OffsetTable::set(std::string_view group, std::string_view topic, std::int32_t partition, CommittedOffset offset) {
  TopicOffsets& offsets = get_or_add(get_or_add(groups_, group), topic);
  const auto place = place_of(offsets, partition);
  if (place != offsets.end() && place->first == partition) {
    place->second = std::move(offset);
    return;
  }
  offsets.emplace(place, partition, std::move(offset));
  ++size_;
}

void OffsetTable::remove(std::string_view group, std::string_view topic, std::int32_t partition) {
  const auto of_group = groups_.find(group);
  if (of_group == groups_.end()) return;
  const auto of_topic = of_group->second.find(topic);
  if (of_topic == of_group->second.end()) return;
  TopicOffsets& offsets = of_topic->second;
  const auto place = place_of(offsets, partition);
  if (place == offsets.end() || place->first != partition) return;
  offsets.erase(place);
  --size_;
  if (!offsets.empty()) return;
  of_group->second.erase(of_topic);
  if (of_group->second.empty()) groups_.erase(of_group);
}

const CommittedOffset* OffsetTable::find(std::string_view group, std::string_view topic, std::int32_t partition) const {
  const GroupOffsets* offsets = of_group(group);
  if (offsets == nullptr) return nullptr;
  const auto of_topic = offsets->find(topic);
  if (of_topic == offsets->end()) return nullptr;
  const auto place = place_of(of_topic->second, partition);
  return place != of_topic->second.end() && place->first == partition ? &place->second : nullptr;
}

const GroupOffsets* OffsetTable::of_group(std::string_view group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : &found->second;
}

}  // namespace streamline::groups
