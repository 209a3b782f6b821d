// Requests to the coordinator of groups as most tests need them: find it, commit for one partition from outside of the group, read back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "support/raw_client.h"
#include "wire/error_code.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_fetch.h"

namespace streamline::test {

inline constexpr std::int16_t kFindVersion = 3;
inline constexpr std::int16_t kCommitVersion = 8;
inline constexpr std::int16_t kOffsetFetchVersion = 7;

inline wire::ErrorCode find_coordinator(RawClient& client, std::string_view group) {
  wire::FindCoordinatorRequest request;
  request.key = group;
  return static_cast<wire::ErrorCode>(client.call<wire::FindCoordinatorResponse>(request, kFindVersion)->error_code);
}

struct CommitSpec {
  std::string group;
  std::string topic;
  std::int64_t offset = 0;
  std::int32_t partition = 0;
  std::string metadata = {};
};

inline std::string commit_frame(const CommitSpec& spec) {
  wire::OffsetCommitRequest::OffsetCommitRequestPartition partition;
  partition.partition_index = spec.partition;
  partition.committed_offset = spec.offset;
  partition.committed_metadata = spec.metadata;
  wire::OffsetCommitRequest::OffsetCommitRequestTopic topic;
  topic.name = spec.topic;
  topic.partitions = std::span(&partition, 1);
  wire::OffsetCommitRequest request;
  request.group_id = spec.group;
  request.topics = std::span(&topic, 1);
  return frame_of(request, kCommitVersion);
}
inline wire::ErrorCode receive_commit(RawClient& client) {
  const auto answer = client.receive<wire::OffsetCommitResponse>(kCommitVersion);
  REQUIRE(answer->topics.size() == 1);
  REQUIRE(answer->topics[0].partitions.size() == 1);
  return static_cast<wire::ErrorCode>(answer->topics[0].partitions[0].error_code);
}
inline wire::ErrorCode commit(RawClient& client, const CommitSpec& spec) {
  client.send(commit_frame(spec));
  return receive_commit(client);
}

/// What an OffsetFetch of one partition says.
struct Committed {
  wire::ErrorCode error = wire::ErrorCode::none;
  std::int64_t offset = -1;
  friend bool operator==(const Committed&, const Committed&) = default;
};
inline std::string committed_frame(std::string_view group, std::string_view topic, std::int32_t partition = 0) {
  wire::OffsetFetchRequest::OffsetFetchRequestTopic asked;
  asked.name = topic;
  asked.partition_indexes = std::span(&partition, 1);
  wire::OffsetFetchRequest request;
  request.group_id = group;
  request.topics = std::span(&asked, 1);
  return frame_of(request, kOffsetFetchVersion);
}
inline Committed receive_committed(RawClient& client) {
  const auto answer = client.receive<wire::OffsetFetchResponse>(kOffsetFetchVersion);
  const auto error = static_cast<wire::ErrorCode>(answer->error_code);
  if (error != wire::ErrorCode::none) return {.error = error};
  REQUIRE(answer->topics.size() == 1);
  REQUIRE(answer->topics[0].partitions.size() == 1);
  const auto& partition = answer->topics[0].partitions[0];
  return {.error = static_cast<wire::ErrorCode>(partition.error_code), .offset = partition.committed_offset};
}
inline Committed committed(RawClient& client, std::string_view group, std::string_view topic, std::int32_t partition = 0) {
  client.send(committed_frame(group, topic, partition));
  return receive_committed(client);
}

}  // namespace streamline::test
