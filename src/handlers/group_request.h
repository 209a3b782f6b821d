// What the requests about groups have in common: the way to the group's coordinator, and what is said when that is not to be had.
#pragma once

#include <span>
#include <string_view>

#include "broker/broker.h"
#include "broker/coordinator/desk.h"
#include "broker/shard.h"
#include "handlers/handlers.h"
#include "handlers/last_rebalance.h"

namespace streamline::handlers {

/// Kafka's bits of the operations that a group knows; without an authoriser every one is allowed.
inline constexpr std::int32_t kAllGroupOperations = 0xD48;

/// On the pool, for a request that came before anybody asked for a coordinator: makes the topic of the groups. The error to answer
/// with: the client asks again, and then finds everything there.
inline wire::ErrorCode make_groups_topic(Request& request) {
  return request.broker().groups().make_topic() ? wire::ErrorCode::coordinator_load_in_progress
                                                : wire::ErrorCode::coordinator_not_available;
}

/// Calls `operation(shard, call, now, effects)` for the group, which answers by itself; otherwise replies with `refused(error)`.
template <class Refused, class Operation>
void run_on_group(Request& request, std::string_view group, Refused refused, Operation operation,
                  broker::Writes writes = broker::Writes::likely) {
  if (request.may_block()) return request.reply(refused(make_groups_topic(request)));
  const wire::ErrorCode error = request.shard().desk().run(request, request.broker().groups().partition_of(group), writes, operation);
  if (error == wire::ErrorCode::none) return;
  if (error == wire::ErrorCode::coordinator_not_available) return request.continue_on_pool();
  request.reply(refused(error));
}

/// Whether a request about many groups has to go to the pool first, for the topic's sake.
inline bool lacks_groups_topic(Request& request) { return request.broker().groups().partitions().empty(); }

/// Answers a request that describes groups: `describe(shard, group)` makes what stands for a group that is there.
template <class Response, class Message, class Describe>
void describe_each(Request& request, const Message& message, std::span<const std::string_view> groups, Describe describe) {
  using Described = Response::DescribedGroup;
  const auto undescribed = [](std::string_view group, wire::ErrorCode error) {
    Described described;
    described.group_id = group;
    described.error_code = static_cast<std::int16_t>(error);
    return described;
  };
  Response response;
  response.groups = request.arena().make_array<Described>(groups.size());
  if (request.may_block()) {
    const wire::ErrorCode error = make_groups_topic(request);
    for (std::size_t i = 0; i < groups.size(); ++i) response.groups[i] = undescribed(groups[i], error);
    return request.reply(response);
  }
  if (lacks_groups_topic(request)) return request.continue_on_pool();
  broker::Reading reading(request);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    Described& described = response.groups[i];
    const auto refused = reading.of(request.broker().groups().partition_of(groups[i]), [&](auto& shard, auto, auto&) {
      described = describe(shard, groups[i]);
      if (described.error_code == 0) described.unknown_tags = tell_last_rebalance(shard.last_rebalance(groups[i]), request.arena());
    });
    if (refused != wire::ErrorCode::none) described = undescribed(groups[i], refused);
    if (message.include_authorized_operations && described.error_code == 0) described.authorized_operations = kAllGroupOperations;
  }
  reading.reply(response);
}

}  // namespace streamline::handlers
