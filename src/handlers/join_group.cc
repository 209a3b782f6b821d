// JoinGroup (key 11), versions 0 to 9.
// v1 rebalance timeout, v4 a member id is required, v5 static members, v6 flexible, v7 protocol type, v8 reason, v9 skip_assignment.
// Answered when the rebalance has everybody, by the group (kafka-rules 97 to 102, 105, 107).
#include "wire/messages/join_group.h"

#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

void join_group(Request& request) {
  const auto message = decode<wire::JoinGroupRequest>(request);
  if (!message) return;
  const auto refused = [&](wire::ErrorCode error) {
    wire::JoinGroupResponse response;
    response.error_code = static_cast<std::int16_t>(error);
    response.member_id = message->member_id;
    return response;
  };
  run_on_group(request, message->group_id, refused,
               [&](auto& shard, const auto& call, auto now, auto& effects) { shard.join(*message, call, now, effects); });
}

}  // namespace streamline::handlers
