// ListGroups (key 16), versions 0 to 5; v3 flexible, v4 filter by state, v5 by type (kafka-rules 112).
#include "wire/messages/list_groups.h"

#include <vector>

#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

namespace {

using Listed = wire::ListGroupsResponse::ListedGroup;

}  // namespace

void list_groups(Request& request) {
  const auto message = decode<wire::ListGroupsRequest>(request);
  if (!message) return;
  broker::Reading reading(request);
  wire::ListGroupsResponse response;
  std::vector<Listed> all;
  for (broker::GroupPartition& partition : request.broker().groups().partitions()) {
    if (!partition.may_hold_anything()) continue;
    const auto refused = reading.of(&partition, [&](auto& shard, auto, auto&) {
      const auto listed = shard.list(*message, request.arena());
      all.insert(all.end(), listed.begin(), listed.end());
    });
    // One that cannot say keeps the others from pretending to be everything.
    if (refused != wire::ErrorCode::none) response.error_code = static_cast<std::int16_t>(refused);
  }
  if (response.error_code == 0) response.groups = all;
  reading.reply(response);
}

}  // namespace streamline::handlers
