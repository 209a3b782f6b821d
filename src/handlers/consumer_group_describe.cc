// ConsumerGroupDescribe (key 69), versions 0 and 1; v1 tells members of the classic protocol from those of the new one (kafka-rules 125).
#include "wire/messages/consumer_group_describe.h"

#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

namespace {

using Described = wire::ConsumerGroupDescribeResponse::DescribedGroup;

Described undescribed(std::string_view group, wire::ErrorCode error) {
  Described described;
  described.group_id = group;
  described.error_code = static_cast<std::int16_t>(error);
  return described;
}

}  // namespace

void consumer_group_describe(Request& request) {
  const auto message = decode<wire::ConsumerGroupDescribeRequest>(request);
  if (!message) return;
  wire::ConsumerGroupDescribeResponse response;
  response.groups = request.arena().make_array<Described>(message->group_ids.size());
  if (request.may_block()) {
    const wire::ErrorCode error = make_groups_topic(request);
    for (std::size_t i = 0; i < message->group_ids.size(); ++i) response.groups[i] = undescribed(message->group_ids[i], error);
    return request.reply(response);
  }
  if (lacks_groups_topic(request)) return request.continue_on_pool();
  broker::GroupReading reading(request);
  for (std::size_t i = 0; i < message->group_ids.size(); ++i) {
    Described& described = response.groups[i];
    const auto refused = reading.of_group(message->group_ids[i], [&](auto& shard, auto, auto&) {
      described = shard.describe_consumer_group(message->group_ids[i], request.arena());
    });
    if (refused != wire::ErrorCode::none) described = undescribed(message->group_ids[i], refused);
    if (message->include_authorized_operations && described.error_code == 0) described.authorized_operations = kAllGroupOperations;
  }
  reading.reply(response);
}

}  // namespace streamline::handlers
