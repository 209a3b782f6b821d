// OffsetCommit (key 8), versions 0 to 10.
// v2 to v4 carry a retention time, v6 leader epochs, v7 static members, v8 flexible, v9 errors of KIP-848 groups, v10 topic ids
// (kafka-rules 108).
#include "wire/messages/offset_commit.h"

#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

namespace {

using CommitRequest = wire::OffsetCommitRequest;
using CommitResponse = wire::OffsetCommitResponse;

CommitResponse refused_commit(Request& request, const CommitRequest& message, wire::ErrorCode error) {
  CommitResponse response;
  response.topics = request.arena().make_array<CommitResponse::OffsetCommitResponseTopic>(message.topics.size());
  for (std::size_t t = 0; t < message.topics.size(); ++t) {
    const auto& asked = message.topics[t];
    auto& answered = response.topics[t];
    answered.name = asked.name;
    answered.topic_id = asked.topic_id;
    answered.partitions = request.arena().make_array<CommitResponse::OffsetCommitResponsePartition>(asked.partitions.size());
    for (std::size_t p = 0; p < asked.partitions.size(); ++p) {
      answered.partitions[p].partition_index = asked.partitions[p].partition_index;
      answered.partitions[p].error_code = static_cast<std::int16_t>(error);
    }
  }
  return response;
}

}  // namespace

void offset_commit(Request& request) {
  const auto message = decode<wire::OffsetCommitRequest>(request);
  if (!message) return;
  run_on_group(
      request, message->group_id, [&](wire::ErrorCode error) { return refused_commit(request, *message, error); },
      [&](auto& shard, const auto& call, auto now, auto& effects) { shard.commit_offsets(*message, call, now, effects); });
}

}  // namespace streamline::handlers
