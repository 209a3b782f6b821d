// OffsetFetch: what is not committed is -1 with empty metadata and no error (rule 13.2).
#include "groups/offsets/fetch.h"

#include <algorithm>
#include <vector>

#include "wire/error_code.h"

namespace streamline::groups::offsets {

using wire::ErrorCode;

namespace {

using Request = wire::OffsetFetchRequest::OffsetFetchRequestGroup;
using Response = wire::OffsetFetchResponse::OffsetFetchResponseGroup;
using Topic = wire::OffsetFetchResponse::OffsetFetchResponseTopics;
using Partition = wire::OffsetFetchResponse::OffsetFetchResponsePartitions;

constexpr std::int16_t kFirstWithTopicIds = 10;

Partition answer_of(std::int32_t index, const CommittedOffset* committed, ErrorCode error, Arena& arena) {
  Partition answer;
  answer.partition_index = index;
  answer.committed_offset = committed == nullptr ? -1 : committed->offset;
  answer.committed_leader_epoch = committed == nullptr ? -1 : committed->leader_epoch;
  answer.metadata = committed == nullptr ? std::string_view() : arena.copy(committed->metadata);
  answer.error_code = static_cast<std::int16_t>(error);
  return answer;
}

/// Nothing is said of the offset, so that nobody begins where a transaction that is to be committed has been already.
ErrorCode stability(const ShardState& state, const OffsetPlaceView& place, const Fetching& how) {
  const bool waits = how.wanted == Wanted::stable && state.pending.contains(place);
  return waits ? ErrorCode::unstable_offset_commit : ErrorCode::none;
}

/// An offset of a deleted topic says nothing about a newer one of the same name.
bool is_of(const CommittedOffset& committed, const TopicId& id) {
  return committed.topic_id.is_zero() || id.is_zero() || committed.topic_id == id;
}

void fetch_topic(const ShardState& state, const Request& request, std::size_t at, Topic& answer, const Fetching& how, Arena& arena) {
  const auto& asked = (*request.topics)[at];
  const bool by_id = how.version >= kFirstWithTopicIds;
  const auto topic = by_id ? state.topics.by_id(asked.topic_id) : state.topics.by_name(asked.name);
  answer.name = arena.copy(topic ? std::string_view(topic->name) : asked.name);
  answer.topic_id = by_id || !topic ? asked.topic_id : topic->id;
  const ErrorCode topic_error = by_id && !topic ? ErrorCode::unknown_topic_id : ErrorCode::none;
  answer.partitions = arena.make_array<Partition>(asked.partition_indexes.size());
  for (std::size_t p = 0; p < asked.partition_indexes.size(); ++p) {
    const std::int32_t index = asked.partition_indexes[p];
    const OffsetPlaceView place{.group = request.group_id, .topic = answer.name, .partition = index};
    const ErrorCode error = topic_error == ErrorCode::none ? stability(state, place, how) : topic_error;
    const CommittedOffset* committed = error == ErrorCode::none ? state.offsets.find(request.group_id, answer.name, index) : nullptr;
    if (committed != nullptr && topic && !is_of(*committed, topic->id)) committed = nullptr;
    answer.partitions[p] = answer_of(index, committed, error, arena);
  }
}

/// Everything the group committed, by name of topic; with ids only topics that are still there can be named.
std::span<Topic> fetch_all(const ShardState& state, const Request& request, const Fetching& how, Arena& arena) {
  const GroupOffsets* offsets = state.offsets.of_group(request.group_id);
  if (offsets == nullptr) return {};
  std::vector<Topic> topics;
  for (const auto& [name, committed] : *offsets) {
    const auto topic = state.topics.by_name(name);
    if (!topic && how.version >= kFirstWithTopicIds) continue;
    std::vector<Partition> partitions;
    for (const auto& [index, offset] : committed) {
      if (topic && !is_of(offset, topic->id)) continue;
      const ErrorCode error = stability(state, {.group = request.group_id, .topic = name, .partition = index}, how);
      partitions.push_back(answer_of(index, error == ErrorCode::none ? &offset : nullptr, error, arena));
    }
    if (partitions.empty()) continue;
    Topic& answer = topics.emplace_back();
    answer.name = arena.copy(name);
    if (topic) answer.topic_id = topic->id;
    answer.partitions = arena.make_array<Partition>(partitions.size());
    std::copy(partitions.begin(), partitions.end(), answer.partitions.begin());
  }
  std::sort(topics.begin(), topics.end(), [](const Topic& a, const Topic& b) { return a.name < b.name; });
  const std::span<Topic> kept = arena.make_array<Topic>(topics.size());
  std::copy(topics.begin(), topics.end(), kept.begin());
  return kept;
}

}  // namespace

Response fetch(const ShardState& state, const Request& request, const Fetching& how, Arena& arena) {
  Response response;
  response.group_id = arena.copy(request.group_id);
  const Group* group = state.find(request.group_id);
  const ErrorCode error = group == nullptr ? ErrorCode::none : group->check_fetch(request.member_id, request.member_epoch);
  response.error_code = static_cast<std::int16_t>(error);
  if (error != ErrorCode::none) return response;
  if (!request.topics) {
    response.topics = fetch_all(state, request, how, arena);
    return response;
  }
  response.topics = arena.make_array<Topic>(request.topics->size());
  for (std::size_t t = 0; t < request.topics->size(); ++t) fetch_topic(state, request, t, response.topics[t], how, arena);
  return response;
}

}  // namespace streamline::groups::offsets
