// OffsetCommit and TxnOffsetCommit: each partition is written, or told why not. Topics are checked before the group, as Kafka does.
#include "groups/offsets/commit.h"

#include <utility>

namespace streamline::groups::offsets {

using wire::ErrorCode;

namespace {

constexpr std::int16_t kFirstWithTopicIds = 10;
/// The first version whose clients know group errors that are not about generations.
constexpr std::int16_t kFirstWithEpochs = 9;
/// The newest value version with a time to expire at, the newest without tagged fields, and the one with the topic's id.
constexpr std::int16_t kValueWithExpiry = 1;
constexpr std::int16_t kPlainValue = 3;
constexpr std::int16_t kValueWithTopicId = 4;

Committer committer_of(const wire::OffsetCommitRequest& request, std::int16_t version) {
  return {request.member_id, request.group_instance_id, request.generation_id_or_member_epoch, version};
}
Committer committer_of(const wire::TxnOffsetCommitRequest& request, std::int16_t version) {
  return {request.member_id, request.group_instance_id, request.generation_id, version, CommitKind::transactional};
}

/// What a group says, in the words of the caller's version.
ErrorCode told(ErrorCode error, const Committer& committer) {
  if (error != ErrorCode::stale_member_epoch) return error;
  if (committer.is_transactional()) return ErrorCode::illegal_generation;
  return committer.version < kFirstWithEpochs ? ErrorCode::unsupported_version : error;
}

/// Whether the caller may commit to its group. A group nobody knows comes into being with a tool's first commit.
ErrorCode check_group(const Group* group, const Committer& committer) {
  if (group != nullptr) return told(group->check_commit(committer), committer);
  if (committer.generation_or_epoch < 0) return ErrorCode::none;
  const bool knows_groups = committer.version >= kFirstWithEpochs && !committer.is_transactional();
  return knows_groups ? ErrorCode::group_id_not_found : ErrorCode::illegal_generation;
}

template <class Asked>
wire::OffsetCommitValue value_of(const Asked& asked, const TopicFacts& topic, std::int64_t commit_ms) {
  wire::OffsetCommitValue value{.offset = asked.committed_offset, .leader_epoch = asked.committed_leader_epoch};
  if (asked.committed_metadata) value.metadata = *asked.committed_metadata;
  value.commit_timestamp = commit_ms;
  value.topic_id = topic.id;
  return value;
}

std::int16_t value_version_for(const TopicFacts& topic) { return topic.id.is_zero() ? kPlainValue : kValueWithTopicId; }

void write(Step& step, const wire::OffsetCommitRequest& request, const TopicFacts& topic,
           const wire::OffsetCommitRequest::OffsetCommitRequestPartition& asked, std::int16_t version) {
  // Version 1 brought its own time along.
  const bool has_time = version == 1 && asked.commit_timestamp >= 0;
  wire::OffsetCommitValue value = value_of(asked, topic, has_time ? asked.commit_timestamp : step.now.wall_ms);
  std::int16_t value_version = value_version_for(topic);
  if (request.retention_time_ms >= 0) {
    value.expire_timestamp = step.now.wall_ms + request.retention_time_ms;
    value_version = kValueWithExpiry;
  }
  step.put(wire::OffsetCommitKey{.group = request.group_id, .topic = topic.name, .partition = asked.partition_index}, value, value_version);
}

void write(Step& step, const wire::TxnOffsetCommitRequest& request, const TopicFacts& topic,
           const wire::TxnOffsetCommitRequest::TxnOffsetCommitRequestPartition& asked, std::int16_t) {
  const wire::OffsetCommitKey key{.group = request.group_id, .topic = topic.name, .partition = asked.partition_index};
  step.put_pending(key, value_of(asked, topic, step.now.wall_ms), value_version_for(topic),
                   {.id = ProducerId(request.producer_id), .epoch = request.producer_epoch});
}

using TopicOrError = std::expected<TopicFacts, ErrorCode>;

/// The topic that a part of the request is about, or the error that its partitions get.
TopicOrError topic_of(const Step& step, const wire::OffsetCommitRequest::OffsetCommitRequestTopic& asked, std::int16_t version) {
  const bool by_id = version >= kFirstWithTopicIds;
  auto topic = by_id ? step.state.topics.by_id(asked.topic_id) : step.state.topics.by_name(asked.name);
  if (topic) return *std::move(topic);
  return std::unexpected(by_id ? ErrorCode::unknown_topic_id : ErrorCode::unknown_topic_or_partition);
}
TopicOrError topic_of(const Step& step, const wire::TxnOffsetCommitRequest::TxnOffsetCommitRequestTopic& asked, std::int16_t) {
  auto topic = step.state.topics.by_name(asked.name);
  if (topic) return *std::move(topic);
  return std::unexpected(ErrorCode::unknown_topic_or_partition);
}

/// One request on its way through: whether the group lets it in is asked once, when the first partition needs to know.
template <class Request>
class Commit {
 public:
  Commit(Step& step, const Request& request, std::int16_t version)
      : step_(step), request_(request), committer_(committer_of(request, version)) {}

  template <class Asked>
  ErrorCode store(const TopicFacts& topic, const Asked& asked) {
    if (asked.partition_index < 0 || asked.partition_index >= topic.partitions) return ErrorCode::unknown_topic_or_partition;
    if (!std::exchange(group_was_asked_, true)) group_error_ = check_group(step_.state.find(request_.group_id), committer_);
    if (group_error_ != ErrorCode::none) return group_error_;
    const ErrorCode own_error = check_partition(topic, asked.partition_index);
    if (own_error != ErrorCode::none) return own_error;
    if (asked.committed_metadata && asked.committed_metadata->size() > step_.state.options.max_offset_metadata_bytes) {
      return ErrorCode::offset_metadata_too_large;
    }
    write(step_, request_, topic, asked, committer_.version);
    return ErrorCode::none;
  }
  /// The group, when it let the caller in and is there.
  Group* group() const { return group_was_asked_ && group_error_ == ErrorCode::none ? step_.state.find(request_.group_id) : nullptr; }
  const Committer& committer() const { return committer_; }

 private:
  /// Members of some groups may commit to some partitions only.
  ErrorCode check_partition(const TopicFacts& topic, std::int32_t partition) const {
    const Group* group = step_.state.find(request_.group_id);
    if (group == nullptr) return ErrorCode::none;
    return told(group->check_commit_of(committer_, topic.id, partition), committer_);
  }

  Step& step_;
  const Request& request_;
  const Committer committer_;
  bool group_was_asked_ = false;
  ErrorCode group_error_ = ErrorCode::none;
};

/// Stores each partition; `answered` has the request's shape.
template <class Request, class Topics, class MakePartitions>
void store_all(Commit<Request>& commit, const Step& step, const Request& request, Topics& answered, const MakePartitions& make_partitions) {
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const auto& asked = request.topics[t];
    answered[t].name = asked.name;
    answered[t].partitions = make_partitions(asked.partitions.size());
    const TopicOrError topic = topic_of(step, asked, commit.committer().version);
    for (std::size_t p = 0; p < asked.partitions.size(); ++p) {
      const ErrorCode error = topic ? commit.store(*topic, asked.partitions[p]) : topic.error();
      answered[t].partitions[p].partition_index = asked.partitions[p].partition_index;
      answered[t].partitions[p].error_code = static_cast<std::int16_t>(error);
    }
  }
}

}  // namespace

void commit(Step& step, const wire::OffsetCommitRequest& request, const Call& call) {
  using Response = wire::OffsetCommitResponse;
  Commit commit(step, request, call.version);
  Response response;
  response.topics = step.arena.make_array<Response::OffsetCommitResponseTopic>(request.topics.size());
  store_all(commit, step, request, response.topics,
            [&](std::size_t count) { return step.arena.make_array<Response::OffsetCommitResponsePartition>(count); });
  for (std::size_t t = 0; t < request.topics.size(); ++t) response.topics[t].topic_id = request.topics[t].topic_id;
  if (Group* group = commit.group()) group->on_commit(step, commit.committer());
  step.effects.answer(call, response);
}

void commit_in_transaction(Step& step, const wire::TxnOffsetCommitRequest& request, const Call& call) {
  using Response = wire::TxnOffsetCommitResponse;
  Commit commit(step, request, call.version);
  Response response;
  response.topics = step.arena.make_array<Response::TxnOffsetCommitResponseTopic>(request.topics.size());
  store_all(commit, step, request, response.topics,
            [&](std::size_t count) { return step.arena.make_array<Response::TxnOffsetCommitResponsePartition>(count); });
  step.effects.answer(call, response);
}

}  // namespace streamline::groups::offsets
