// LeaveGroup (key 13), versions 0 to 5; v3 many members, also by instance, v4 flexible, v5 reason (kafka-rules 106).
#include "wire/messages/leave_group.h"

#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

void leave_group(Request& request) {
  const auto message = decode<wire::LeaveGroupRequest>(request);
  if (!message) return;
  const auto refused = [](wire::ErrorCode error) {
    wire::LeaveGroupResponse response;
    response.error_code = static_cast<std::int16_t>(error);
    return response;
  };
  run_on_group(request, message->group_id, refused,
               [&](auto& shard, const auto& call, auto now, auto& effects) { shard.leave(*message, call, now, effects); });
}

}  // namespace streamline::handlers
