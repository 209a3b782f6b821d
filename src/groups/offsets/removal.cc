// Victims are collected first and written then: a tombstone changes the table that they are found in.
#include "groups/offsets/removal.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace streamline::groups::offsets {

using wire::ErrorCode;

namespace {

using Request = wire::OffsetDeleteRequest;
using Response = wire::OffsetDeleteResponse;

using Victim = OffsetPlace;

void write_tombstones(Step& step, const std::vector<Victim>& victims) {
  for (const Victim& victim : victims) {
    step.erase(wire::OffsetCommitKey{.group = victim.group, .topic = victim.topic, .partition = victim.partition});
  }
}

template <class Wanted>
void collect(std::string_view group, const GroupOffsets& offsets, const Wanted& is_wanted, std::vector<Victim>& victims) {
  for (const auto& [topic, committed] : offsets) {
    for (const auto& [partition, offset] : committed) {
      if (is_wanted(topic, offset)) victims.push_back({std::string(group), topic, partition});
    }
  }
}

/// Each place once, also where several transactions have something pending or an offset is committed too.
template <class Wanted>
void collect_pending(const ShardState& state, const Wanted& is_wanted, std::vector<Victim>& victims) {
  std::set<OffsetPlace, OffsetPlaceLess> taken(victims.begin(), victims.end());
  state.pending.for_each([&](const OffsetPlace& place, const CommittedOffset& offset) {
    if (is_wanted(place, offset) && taken.insert(place).second) victims.push_back(place);
  });
}

bool is_of(const CommittedOffset& offset, const TopicId& id) { return offset.topic_id.is_zero() || offset.topic_id == id; }

bool is_past(const CommittedOffset& offset, const OffsetRetention& retention, const Step& step) {
  if (offset.expire_ms >= 0) return step.now.wall_ms >= offset.expire_ms;
  const bool from_empty = retention.from == OffsetRetention::From::group_empty;
  const std::int64_t since_ms = from_empty ? retention.empty_since_ms : offset.commit_ms;
  return step.now.wall_ms - since_ms >= step.state.options.offsets_retention_ms;
}

ErrorCode check_group(const Group* group) { return group == nullptr ? ErrorCode::group_id_not_found : group->check_offset_delete(); }

ErrorCode remove_one(Step& step, const Group& group, std::string_view topic, std::int32_t partition) {
  if (group.subscribes_to(topic)) return ErrorCode::group_subscribed_to_topic;
  const OffsetPlaceView place{.group = group.id(), .topic = topic, .partition = partition};
  if (step.state.offsets.find(group.id(), topic, partition) != nullptr || step.state.pending.contains(place)) {
    step.erase(wire::OffsetCommitKey{.group = group.id(), .topic = topic, .partition = partition});
  }
  return ErrorCode::none;
}

}  // namespace

void remove(Step& step, const Request& request, const Call& call) {
  Response response;
  const Group* group = step.state.find(request.group_id);
  if (const ErrorCode refused = check_group(group); refused != ErrorCode::none) {
    response.error_code = static_cast<std::int16_t>(refused);
    return step.effects.answer(call, response);
  }
  response.topics = step.arena.make_array<Response::OffsetDeleteResponseTopic>(request.topics.size());
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const auto& asked = request.topics[t];
    auto& answered = response.topics[t];
    answered.name = asked.name;
    answered.partitions = step.arena.make_array<Response::OffsetDeleteResponsePartition>(asked.partitions.size());
    const auto topic = step.state.topics.by_name(asked.name);
    for (std::size_t p = 0; p < asked.partitions.size(); ++p) {
      const std::int32_t index = asked.partitions[p].partition_index;
      const bool is_known = topic && index >= 0 && index < topic->partitions;
      const ErrorCode error = is_known ? remove_one(step, *group, asked.name, index) : ErrorCode::unknown_topic_or_partition;
      answered.partitions[p].partition_index = index;
      answered.partitions[p].error_code = static_cast<std::int16_t>(error);
    }
  }
  step.effects.answer(call, response);
}

void remove_all(Step& step, std::string_view group) {
  std::vector<Victim> victims;
  if (const GroupOffsets* offsets = step.state.offsets.of_group(group)) {
    collect(group, *offsets, [](const auto&, const auto&) { return true; }, victims);
  }
  collect_pending(step.state, [&](const OffsetPlace& place, const auto&) { return place.group == group; }, victims);
  write_tombstones(step, victims);
}

void remove_expired(Step& step, const Group& group) {
  const GroupOffsets* offsets = step.state.offsets.of_group(group.id());
  const OffsetRetention retention = group.offset_retention();
  if (offsets == nullptr || retention.from == OffsetRetention::From::never) return;
  std::vector<Victim> victims;
  const auto is_wanted = [&](std::string_view topic, const CommittedOffset& offset) {
    return is_past(offset, retention, step) && !group.subscribes_to(topic);
  };
  collect(group.id(), *offsets, is_wanted, victims);
  // Where a transaction is open, its end decides first.
  std::erase_if(victims, [&](const Victim& victim) { return step.state.pending.contains(victim); });
  write_tombstones(step, victims);
}

void remove_topic(Step& step, std::string_view topic, const TopicId& id) {
  std::vector<Victim> victims;
  for (const auto& [group, offsets] : step.state.offsets.groups()) {
    const auto committed = offsets.find(topic);
    if (committed == offsets.end()) continue;
    for (const auto& [partition, offset] : committed->second) {
      if (is_of(offset, id)) victims.push_back({group, std::string(topic), partition});
    }
  }
  const auto is_wanted = [&](const OffsetPlace& place, const CommittedOffset& offset) { return place.topic == topic && is_of(offset, id); };
  collect_pending(step.state, is_wanted, victims);
  write_tombstones(step, victims);
}

void remove_orphans(Step& step) {
  if (!step.state.topics.is_complete()) return;
  std::map<TopicId, bool> is_there;
  const auto is_orphan = [&](const auto&, const CommittedOffset& offset) {
    if (offset.topic_id.is_zero()) return false;
    const auto [known, is_new] = is_there.try_emplace(offset.topic_id, false);
    if (is_new) known->second = step.state.topics.by_id(offset.topic_id).has_value();
    return !known->second;
  };
  std::vector<Victim> victims;
  for (const auto& [group, offsets] : step.state.offsets.groups()) collect(group, offsets, is_orphan, victims);
  collect_pending(step.state, is_orphan, victims);
  write_tombstones(step, victims);
}

}  // namespace streamline::groups::offsets
