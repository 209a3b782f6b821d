// ConsumerGroupDescribe (key 69), versions 0 and 1; v1 tells members of the classic protocol from those of the new one (kafka-rules 125).
#include "wire/messages/consumer_group_describe.h"

#include "handlers/decode.h"
#include "handlers/features.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

namespace {

using Response = wire::ConsumerGroupDescribeResponse;

Response refused(Request& request, std::span<const std::string_view> groups) {
  Response response;
  response.groups = request.arena().make_array<Response::DescribedGroup>(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    response.groups[i].group_id = groups[i];
    response.groups[i].error_code = static_cast<std::int16_t>(wire::ErrorCode::unsupported_version);
  }
  return response;
}

}  // namespace

void consumer_group_describe(Request& request) {
  const auto message = decode<wire::ConsumerGroupDescribeRequest>(request);
  if (!message) return;
  if (!serves_consumer_protocol(request.broker())) return request.reply(refused(request, message->group_ids));
  describe_each<Response>(request, *message, message->group_ids,
                          [&](auto& shard, std::string_view group) { return shard.describe_consumer_group(group, request.arena()); });
}

}  // namespace streamline::handlers
