// OffsetFetch (key 9), versions 0 to 10.
// v2 all topics and an error on top, v5 leader epochs, v6 flexible, v7 require_stable: UNSTABLE_OFFSET_COMMIT where a transaction is open,
// v8 many groups, v9 members, v10 topic ids (kafka-rules 69, 109).
#include "wire/messages/offset_fetch.h"

#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

namespace {

using FetchRequest = wire::OffsetFetchRequest;
using FetchResponse = wire::OffsetFetchResponse;
using AskedGroup = FetchRequest::OffsetFetchRequestGroup;
using AnsweredGroup = FetchResponse::OffsetFetchResponseGroup;

constexpr std::int16_t kFirstWithError = 2;
constexpr std::int16_t kFirstWithGroups = 8;

/// The one group of an older request in the shape of the newer ones.
AskedGroup only_group(Request& request, const FetchRequest& message) {
  AskedGroup group;
  group.group_id = message.group_id;
  if (!message.topics) {
    group.topics.reset();
    return group;
  }
  const auto topics = request.arena().make_array<FetchRequest::OffsetFetchRequestTopics>(message.topics->size());
  for (std::size_t t = 0; t < topics.size(); ++t) {
    topics[t].name = (*message.topics)[t].name;
    topics[t].partition_indexes = (*message.topics)[t].partition_indexes;
  }
  group.topics = topics;
  return group;
}

/// A group's error in a version that has a place for it at each partition only.
void spread_error(Request& request, const AskedGroup& asked, AnsweredGroup& answered) {
  if (answered.error_code == 0 || !asked.topics) return;
  answered.topics = request.arena().make_array<FetchResponse::OffsetFetchResponseTopics>(asked.topics->size());
  for (std::size_t t = 0; t < asked.topics->size(); ++t) {
    const auto& indexes = (*asked.topics)[t].partition_indexes;
    answered.topics[t].name = (*asked.topics)[t].name;
    answered.topics[t].partitions = request.arena().make_array<FetchResponse::OffsetFetchResponsePartitions>(indexes.size());
    for (std::size_t p = 0; p < indexes.size(); ++p) {
      auto& partition = answered.topics[t].partitions[p];
      partition.partition_index = indexes[p];
      partition.committed_offset = -1;
      partition.metadata = std::string_view();
      partition.error_code = answered.error_code;
    }
  }
}

/// The answer about one group in the shape of the older versions.
FetchResponse in_old_shape(Request& request, const AnsweredGroup& group) {
  FetchResponse response;
  response.error_code = group.error_code;
  response.topics = request.arena().make_array<FetchResponse::OffsetFetchResponseTopic>(group.topics.size());
  for (std::size_t t = 0; t < group.topics.size(); ++t) {
    const auto& from = group.topics[t];
    auto& to = response.topics[t];
    to.name = from.name;
    to.partitions = request.arena().make_array<FetchResponse::OffsetFetchResponsePartition>(from.partitions.size());
    for (std::size_t p = 0; p < from.partitions.size(); ++p) {
      to.partitions[p].partition_index = from.partitions[p].partition_index;
      to.partitions[p].committed_offset = from.partitions[p].committed_offset;
      to.partitions[p].committed_leader_epoch = from.partitions[p].committed_leader_epoch;
      to.partitions[p].metadata = from.partitions[p].metadata;
      to.partitions[p].error_code = from.partitions[p].error_code;
    }
  }
  return response;
}

FetchResponse shaped(Request& request, std::span<const AskedGroup> asked, std::span<AnsweredGroup> answered) {
  if (request.version() < kFirstWithGroups) {
    if (request.version() < kFirstWithError) spread_error(request, asked.front(), answered.front());
    return in_old_shape(request, answered.front());
  }
  FetchResponse response;
  response.groups = answered;
  return response;
}

std::span<const AskedGroup> groups_of(Request& request, const FetchRequest& message) {
  if (request.version() >= kFirstWithGroups) return message.groups;
  const auto only = request.arena().make_array<AskedGroup>(1);
  only.front() = only_group(request, message);
  return only;
}

void refuse(AnsweredGroup& answered, const AskedGroup& asked, wire::ErrorCode error) {
  answered = {};
  answered.group_id = asked.group_id;
  answered.error_code = static_cast<std::int16_t>(error);
}

}  // namespace

void offset_fetch(Request& request) {
  const auto message = decode<FetchRequest>(request);
  if (!message) return;
  const std::span<const AskedGroup> asked = groups_of(request, *message);
  const std::span<AnsweredGroup> answered = request.arena().make_array<AnsweredGroup>(asked.size());
  if (request.may_block()) {
    const wire::ErrorCode error = make_groups_topic(request);
    for (std::size_t i = 0; i < asked.size(); ++i) refuse(answered[i], asked[i], error);
    return request.reply(shaped(request, asked, answered));
  }
  if (lacks_groups_topic(request)) return request.continue_on_pool();
  const groups::offsets::Fetching how{
      .version = request.version(),
      .wanted = message->require_stable ? groups::offsets::Wanted::stable : groups::offsets::Wanted::committed,
  };
  broker::Reading reading(request);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto refused = reading.of(request.broker().groups().partition_of(asked[i].group_id),
                                    [&](auto& shard, auto, auto&) { answered[i] = shard.fetch_offsets(asked[i], how, request.arena()); });
    if (refused != wire::ErrorCode::none) refuse(answered[i], asked[i], refused);
  }
  reading.reply(shaped(request, asked, answered));
}

}  // namespace streamline::handlers
