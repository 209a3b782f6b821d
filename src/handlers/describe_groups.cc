// DescribeGroups (key 15), versions 0 to 6.
// v3 authorized operations, v4 static members, v5 flexible, v6 GROUP_ID_NOT_FOUND for an unknown group (kafka-rules 112).
#include "wire/messages/describe_groups.h"

#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

namespace {

using Described = wire::DescribeGroupsResponse::DescribedGroup;

Described undescribed(std::string_view group, wire::ErrorCode error) {
  Described described;
  described.group_id = group;
  described.error_code = static_cast<std::int16_t>(error);
  return described;
}

}  // namespace

void describe_groups(Request& request) {
  const auto message = decode<wire::DescribeGroupsRequest>(request);
  if (!message) return;
  wire::DescribeGroupsResponse response;
  response.groups = request.arena().make_array<Described>(message->groups.size());
  if (request.may_block()) {
    const wire::ErrorCode error = make_groups_topic(request);
    for (std::size_t i = 0; i < message->groups.size(); ++i) response.groups[i] = undescribed(message->groups[i], error);
    return request.reply(response);
  }
  if (lacks_groups_topic(request)) return request.continue_on_pool();
  broker::GroupReading reading(request);
  for (std::size_t i = 0; i < message->groups.size(); ++i) {
    Described& described = response.groups[i];
    const auto refused = reading.of_group(message->groups[i], [&](auto& shard, auto, auto&) {
      described = shard.describe(message->groups[i], request.version(), request.arena());
    });
    if (refused != wire::ErrorCode::none) described = undescribed(message->groups[i], refused);
    if (message->include_authorized_operations && described.error_code == 0) described.authorized_operations = kAllGroupOperations;
  }
  reading.reply(response);
}

}  // namespace streamline::handlers
