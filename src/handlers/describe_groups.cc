// DescribeGroups (key 15), versions 0 to 6.
// v3 authorized operations, v4 static members, v5 flexible, v6 GROUP_ID_NOT_FOUND for an unknown group (kafka-rules 112).
#include "wire/messages/describe_groups.h"

#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

void describe_groups(Request& request) {
  const auto message = decode<wire::DescribeGroupsRequest>(request);
  if (!message) return;
  describe_each<wire::DescribeGroupsResponse>(request, *message, message->groups, [&](auto& shard, std::string_view group) {
    return shard.describe(group, request.version(), request.arena());
  });
}

}  // namespace streamline::handlers
