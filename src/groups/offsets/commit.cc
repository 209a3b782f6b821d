// OffsetCommit: each partition is written, or told why not. Topics are checked before the group, as Kafka does.
#include "groups/offsets/commit.h"

#include <utility>

namespace streamline::groups::offsets {

using wire::ErrorCode;

namespace {

using Request = wire::OffsetCommitRequest;
using Response = wire::OffsetCommitResponse;
using Asked = Request::OffsetCommitRequestPartition;

constexpr std::int16_t kFirstWithTopicIds = 10;
/// The first version whose clients know group errors that are not about generations.
constexpr std::int16_t kFirstWithEpochs = 9;
/// The newest value version with a time to expire at, the newest without tagged fields, and the one with the topic's id.
constexpr std::int16_t kValueWithExpiry = 1;
constexpr std::int16_t kPlainValue = 3;
constexpr std::int16_t kValueWithTopicId = 4;

Committer committer_of(const Request& request, std::int16_t version) {
  return {request.member_id, request.group_instance_id, request.generation_id_or_member_epoch, version};
}

/// Whether the caller may commit to its group. A group nobody knows comes into being with a tool's first commit.
ErrorCode check_group(const Step& step, const Request& request, std::int16_t version) {
  const Group* group = step.state.find(request.group_id);
  const Committer committer = committer_of(request, version);
  if (group != nullptr) {
    const ErrorCode error = group->check_commit(committer);
    const bool unspeakable = error == ErrorCode::stale_member_epoch && version < kFirstWithEpochs;
    return unspeakable ? ErrorCode::unsupported_version : error;
  }
  if (committer.generation_or_epoch < 0) return ErrorCode::none;
  return version >= kFirstWithEpochs ? ErrorCode::group_id_not_found : ErrorCode::illegal_generation;
}

void write(Step& step, const Request& request, const TopicFacts& topic, const Asked& asked, std::int16_t version) {
  wire::OffsetCommitValue value{.offset = asked.committed_offset, .leader_epoch = asked.committed_leader_epoch};
  if (asked.committed_metadata) value.metadata = *asked.committed_metadata;
  // Version 1 brought its own time along.
  const bool has_time = version == 1 && asked.commit_timestamp >= 0;
  value.commit_timestamp = has_time ? asked.commit_timestamp : step.now.wall_ms;
  value.topic_id = topic.id;
  std::int16_t value_version = topic.id.is_zero() ? kPlainValue : kValueWithTopicId;
  if (request.retention_time_ms >= 0) {
    value.expire_timestamp = step.now.wall_ms + request.retention_time_ms;
    value_version = kValueWithExpiry;
  }
  step.put(wire::OffsetCommitKey{.group = request.group_id, .topic = topic.name, .partition = asked.partition_index}, value, value_version);
}

/// The topic that a part of the request is about, or the error that its partitions get.
std::expected<TopicFacts, ErrorCode> topic_of(const Step& step, const Request::OffsetCommitRequestTopic& asked, std::int16_t version) {
  const bool by_id = version >= kFirstWithTopicIds;
  auto topic = by_id ? step.state.topics.by_id(asked.topic_id) : step.state.topics.by_name(asked.name);
  if (topic) return *std::move(topic);
  return std::unexpected(by_id ? ErrorCode::unknown_topic_id : ErrorCode::unknown_topic_or_partition);
}

/// One request on its way through: whether the group lets it in is asked once, when the first partition needs to know.
class Commit {
 public:
  Commit(Step& step, const Request& request, std::int16_t version) : step_(step), request_(request), version_(version) {}

  ErrorCode store(const TopicFacts& topic, const Asked& asked) {
    if (asked.partition_index < 0 || asked.partition_index >= topic.partitions) return ErrorCode::unknown_topic_or_partition;
    if (!std::exchange(group_was_asked_, true)) group_error_ = check_group(step_, request_, version_);
    if (group_error_ != ErrorCode::none) return group_error_;
    const ErrorCode own_error = check_partition(topic, asked);
    if (own_error != ErrorCode::none) return own_error;
    if (asked.committed_metadata && asked.committed_metadata->size() > step_.state.options.max_offset_metadata_bytes) {
      return ErrorCode::offset_metadata_too_large;
    }
    write(step_, request_, topic, asked, version_);
    return ErrorCode::none;
  }
  /// Members of some groups may commit to some partitions only.
  ErrorCode check_partition(const TopicFacts& topic, const Asked& asked) const {
    const Group* group = step_.state.find(request_.group_id);
    if (group == nullptr) return ErrorCode::none;
    return group->check_commit_of(committer_of(request_, version_), topic.id, asked.partition_index);
  }
  bool let_in() const { return group_was_asked_ && group_error_ == ErrorCode::none; }

 private:
  Step& step_;
  const Request& request_;
  std::int16_t version_;
  bool group_was_asked_ = false;
  ErrorCode group_error_ = ErrorCode::none;
};

}  // namespace

void commit(Step& step, const Request& request, const Call& call) {
  Commit commit(step, request, call.version);
  Response response;
  response.topics = step.arena.make_array<Response::OffsetCommitResponseTopic>(request.topics.size());
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const auto& asked = request.topics[t];
    auto& answered = response.topics[t];
    answered.name = asked.name;
    answered.topic_id = asked.topic_id;
    answered.partitions = step.arena.make_array<Response::OffsetCommitResponsePartition>(asked.partitions.size());
    const auto topic = topic_of(step, asked, call.version);
    for (std::size_t p = 0; p < asked.partitions.size(); ++p) {
      const ErrorCode error = topic ? commit.store(*topic, asked.partitions[p]) : topic.error();
      answered.partitions[p].partition_index = asked.partitions[p].partition_index;
      answered.partitions[p].error_code = static_cast<std::int16_t>(error);
    }
  }
  if (Group* group = step.state.find(request.group_id); group != nullptr && commit.let_in()) {
    group->on_commit(step, committer_of(request, call.version));
  }
  step.effects.answer(call, response);
}

}  // namespace streamline::groups::offsets
