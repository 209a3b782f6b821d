// DeleteGroups (key 42), versions 0 to 2: a group without members and all that it committed (kafka-rules 111).
#include "wire/messages/delete_groups.h"

#include <set>
#include <string_view>

#include "handlers/decode.h"
#include "handlers/group_request.h"

namespace streamline::handlers {

void delete_groups(Request& request) {
  const auto message = decode<wire::DeleteGroupsRequest>(request);
  if (!message) return;
  wire::DeleteGroupsResponse response;
  response.results = request.arena().make_array<wire::DeleteGroupsResponse::DeletableGroupResult>(message->groups_names.size());
  // As in Kafka, a group that is named twice is answered once.
  const auto answer = [&](auto delete_one) {
    std::set<std::string_view> named;
    std::size_t count = 0;
    for (const std::string_view group : message->groups_names) {
      if (!named.insert(group).second) continue;
      auto& result = response.results[count++];
      result.group_id = group;
      result.error_code = static_cast<std::int16_t>(delete_one(group));
    }
    response.results = response.results.first(count);
  };
  if (request.may_block()) {
    const wire::ErrorCode error = make_groups_topic(request);
    answer([error](std::string_view) { return error; });
    return request.reply(response);
  }
  if (lacks_groups_topic(request)) return request.continue_on_pool();
  broker::Reading reading(request);
  answer([&](std::string_view group) {
    wire::ErrorCode error = wire::ErrorCode::none;
    const auto refused = reading.of(
        request.broker().groups().partition_of(group),
        [&](auto& shard, auto now, auto& effects) { error = shard.delete_group(group, now, effects); }, broker::Writes::likely);
    return refused == wire::ErrorCode::none ? error : refused;
  });
  reading.reply(response);
}

}  // namespace streamline::handlers
