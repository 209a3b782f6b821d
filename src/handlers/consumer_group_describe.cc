// ConsumerGroupDescribe (key 69), versions 0 and 1; v1 tells members of the classic protocol from those of the new one (kafka-rules 125).
#include "wire/messages/consumer_group_describe.h"

#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

void consumer_group_describe(Request& request) {
  const auto message = decode<wire::ConsumerGroupDescribeRequest>(request);
  if (!message) return;
  describe_each<wire::ConsumerGroupDescribeResponse>(request, *message, message->group_ids, [&](auto& shard, std::string_view group) {
    return shard.describe_consumer_group(group, request.arena());
  });
}

}  // namespace streamline::handlers
