// The buffer of records, and what becomes of answers whose records could not be written.
#include "groups/effects.h"

#include "base/assert.h"
#include "wire/messages/consumer_group_describe.h"
#include "wire/messages/consumer_group_heartbeat.h"
#include "wire/messages/delete_groups.h"
#include "wire/messages/describe_groups.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/list_groups.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_delete.h"
#include "wire/messages/offset_fetch.h"
#include "wire/messages/sync_group.h"
#include "wire/reader.h"

namespace streamline::groups {

using wire::ErrorCode;

RecordList::View RecordList::operator[](std::size_t i) const {
  const Entry& entry = entries_[i];
  const ByteView all(bytes_);
  View view{.key = all.subspan(entry.begin, entry.key_bytes)};
  if (entry.value_bytes) view.value = all.subspan(entry.begin + entry.key_bytes, *entry.value_bytes);
  return view;
}

MutableBytes RecordList::add(std::size_t key_bytes, std::optional<std::size_t> value_bytes) {
  const std::size_t begin = bytes_.size();
  const std::size_t total = key_bytes + value_bytes.value_or(0);
  bytes_.resize(begin + total);
  entries_.push_back({begin, key_bytes, value_bytes});
  return MutableBytes(bytes_).subspan(begin, total);
}

void RecordList::clear() {
  bytes_.clear();
  entries_.clear();
}

void Effects::clear() {
  records.clear();
  answers.clear();
}

ErrorCode coordinator_error(ErrorCode append_error) {
  switch (append_error) {
    case ErrorCode::unknown_topic_or_partition:
    case ErrorCode::not_enough_replicas:
    case ErrorCode::not_enough_replicas_after_append:
    case ErrorCode::request_timed_out: return ErrorCode::coordinator_not_available;
    case ErrorCode::not_leader_or_follower:
    case ErrorCode::kafka_storage_error: return ErrorCode::not_coordinator;
    case ErrorCode::message_too_large:
    case ErrorCode::record_list_too_large:
    case ErrorCode::invalid_fetch_size: return ErrorCode::unknown_server_error;
    default: return append_error;
  }
}

namespace {

void replace_success(std::int16_t& code, ErrorCode error) {
  if (code == static_cast<std::int16_t>(ErrorCode::none)) code = static_cast<std::int16_t>(error);
}

void fail(wire::OffsetCommitResponse& response, ErrorCode error) {
  for (auto& topic : response.topics) {
    for (auto& partition : topic.partitions) replace_success(partition.error_code, error);
  }
}
void fail(wire::JoinGroupResponse& response, ErrorCode error) {
  replace_success(response.error_code, error);
  response.members = {};
}
void fail(wire::SyncGroupResponse& response, ErrorCode error) {
  replace_success(response.error_code, error);
  response.assignment = {};
}
void fail(wire::LeaveGroupResponse& response, ErrorCode error) {
  replace_success(response.error_code, error);
  response.members = {};
}
void fail(wire::OffsetDeleteResponse& response, ErrorCode error) {
  replace_success(response.error_code, error);
  response.topics = {};
}
void fail(wire::OffsetFetchResponse& response, ErrorCode error) {
  replace_success(response.error_code, error);
  for (auto& topic : response.topics) {
    for (auto& partition : topic.partitions) {
      replace_success(partition.error_code, error);
      partition.committed_offset = -1;
    }
  }
  for (auto& group : response.groups) {
    replace_success(group.error_code, error);
    group.topics = {};
  }
}
void fail(wire::DescribeGroupsResponse& response, ErrorCode error) {
  for (auto& group : response.groups) {
    replace_success(group.error_code, error);
    group.members = {};
  }
}
void fail(wire::ListGroupsResponse& response, ErrorCode error) {
  replace_success(response.error_code, error);
  response.groups = {};
}
void fail(wire::DeleteGroupsResponse& response, ErrorCode error) {
  for (auto& group : response.results) replace_success(group.error_code, error);
}
void fail(wire::ConsumerGroupHeartbeatResponse& response, ErrorCode error) {
  if (response.error_code == static_cast<std::int16_t>(ErrorCode::none)) response = {};
  replace_success(response.error_code, error);
}
void fail(wire::ConsumerGroupDescribeResponse& response, ErrorCode error) {
  for (auto& group : response.groups) {
    replace_success(group.error_code, error);
    group.members = {};
  }
}
void fail(wire::HeartbeatResponse& response, ErrorCode error) { replace_success(response.error_code, error); }

template <class Response>
Answer failed_as(const Answer& answer, ErrorCode error) {
  Arena arena;
  wire::Reader in(answer.body);
  auto response = Response::decode(in, answer.version, arena);
  SL_ASSERT(response.has_value());
  fail(*response, error);
  Effects again;
  again.answer(Call{.ticket = answer.ticket, .api = answer.api, .version = answer.version}, *response);
  return std::move(again.answers.front());
}

}  // namespace

Answer failed_answer(const Answer& answer, ErrorCode error) {
  switch (answer.api) {
    case wire::ApiKey::offset_commit: return failed_as<wire::OffsetCommitResponse>(answer, error);
    case wire::ApiKey::join_group: return failed_as<wire::JoinGroupResponse>(answer, error);
    case wire::ApiKey::sync_group: return failed_as<wire::SyncGroupResponse>(answer, error);
    case wire::ApiKey::leave_group: return failed_as<wire::LeaveGroupResponse>(answer, error);
    case wire::ApiKey::offset_delete: return failed_as<wire::OffsetDeleteResponse>(answer, error);
    case wire::ApiKey::consumer_group_heartbeat: return failed_as<wire::ConsumerGroupHeartbeatResponse>(answer, error);
    case wire::ApiKey::consumer_group_describe: return failed_as<wire::ConsumerGroupDescribeResponse>(answer, error);
    case wire::ApiKey::heartbeat: return failed_as<wire::HeartbeatResponse>(answer, error);
    case wire::ApiKey::offset_fetch: return failed_as<wire::OffsetFetchResponse>(answer, error);
    case wire::ApiKey::describe_groups: return failed_as<wire::DescribeGroupsResponse>(answer, error);
    case wire::ApiKey::list_groups: return failed_as<wire::ListGroupsResponse>(answer, error);
    case wire::ApiKey::delete_groups: return failed_as<wire::DeleteGroupsResponse>(answer, error);
    default: return answer;
  }
}

}  // namespace streamline::groups
