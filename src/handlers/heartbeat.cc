// Heartbeat (key 12), versions 0 to 4; v3 static members, v4 flexible (kafka-rules 104).
#include "wire/messages/heartbeat.h"

#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

void heartbeat(Request& request) {
  const auto message = decode<wire::HeartbeatRequest>(request);
  if (!message) return;
  const auto refused = [](wire::ErrorCode error) {
    wire::HeartbeatResponse response;
    response.error_code = static_cast<std::int16_t>(error);
    return response;
  };
  run_on_group(
      request, message->group_id, refused,
      [&](auto& shard, const auto& call, auto now, auto& effects) { shard.heartbeat(*message, call, now, effects); },
      broker::Writes::seldom);
}

}  // namespace streamline::handlers
