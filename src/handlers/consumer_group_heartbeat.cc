// ConsumerGroupHeartbeat (key 68), versions 0 and 1; v1 regular expressions, and members make their ids (kafka-rules 115 to 123).
#include "wire/messages/consumer_group_heartbeat.h"

#include "handlers/decode.h"
#include "handlers/features.h"
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
  if (!serves_consumer_protocol(request.broker())) return request.reply(refused(wire::ErrorCode::unsupported_version));
  // Who joins or leaves is written down, who stays seldom has news.
  const auto writes = message->member_epoch > 0 ? broker::Writes::seldom : broker::Writes::likely;
  run_on_group(
      request, message->group_id, refused,
      [&](auto& shard, const auto& call, auto now, auto& effects) { shard.consumer_heartbeat(*message, call, now, effects); }, writes);
}

}  // namespace streamline::handlers
