// ConsumerGroupHeartbeat (key 68), versions 0 and 1; v1 regular expressions, and members make their ids (kafka-rules 115 to 123).
#include "wire/messages/consumer_group_heartbeat.h"

#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

void consumer_group_heartbeat(Request& request) {
  const auto message = decode<wire::ConsumerGroupHeartbeatRequest>(request);
  if (!message) return;
  const auto refused = [](wire::ErrorCode error) {
    wire::ConsumerGroupHeartbeatResponse response;
    response.error_code = static_cast<std::int16_t>(error);
    return response;
  };
  run_on_group(request, message->group_id, refused,
               [&](auto& shard, const auto& call, auto now, auto& effects) { shard.consumer_heartbeat(*message, call, now, effects); });
}

}  // namespace streamline::handlers
