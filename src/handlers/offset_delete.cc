// OffsetDelete (key 47), version 0: an offset goes unless a live group subscribes to its topic (kafka-rules 111).
#include "wire/messages/offset_delete.h"

#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

void offset_delete(Request& request) {
  const auto message = decode<wire::OffsetDeleteRequest>(request);
  if (!message) return;
  const auto refused = [](wire::ErrorCode error) {
    wire::OffsetDeleteResponse response;
    response.error_code = static_cast<std::int16_t>(error);
    return response;
  };
  run_on_group(request, message->group_id, refused,
               [&](auto& shard, const auto& call, auto now, auto& effects) { shard.delete_offsets(*message, call, now, effects); });
}

}  // namespace streamline::handlers
