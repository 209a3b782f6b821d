// What becomes of answers whose records could not be written.
#include "groups/effects.h"

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
#include "wire/messages/txn_offset_commit.h"

namespace streamline::groups {

using coordinator::replace_success;
using wire::ErrorCode;

void Effects::clear() {
  records.clear();
  answers.clear();
}

namespace {

void fail(wire::OffsetCommitResponse& response, ErrorCode error) {
  for (auto& topic : response.topics) {
    for (auto& partition : topic.partitions) replace_success(partition.error_code, error);
  }
}
void fail(wire::TxnOffsetCommitResponse& response, ErrorCode error) {
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
  return coordinator::changed_answer<Response>(answer, [error](Response& response) { fail(response, error); });
}

}  // namespace

Answer failed_answer(const Answer& answer, ErrorCode error) {
  switch (answer.api) {
    case wire::ApiKey::offset_commit: return failed_as<wire::OffsetCommitResponse>(answer, error);
    case wire::ApiKey::txn_offset_commit: return failed_as<wire::TxnOffsetCommitResponse>(answer, error);
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
