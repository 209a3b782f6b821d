// SyncGroup (key 14), versions 0 to 5.
// v3 static members, v4 flexible, v5 protocol type and name. A follower's waits for the leader's (kafka-rules 103).
#include "wire/messages/sync_group.h"

#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

void sync_group(Request& request) {
  const auto message = decode<wire::SyncGroupRequest>(request);
  if (!message) return;
  const auto refused = [](wire::ErrorCode error) {
    wire::SyncGroupResponse response;
    response.error_code = static_cast<std::int16_t>(error);
    return response;
  };
  run_on_group(request, message->group_id, refused,
               [&](auto& shard, const auto& call, auto now, auto& effects) { shard.sync(*message, call, now, effects); });
}

}  // namespace streamline::handlers
