// What the requests about groups have in common: the way to the group's coordinator, and what is said when that is not to be had.
#pragma once

#include <string_view>

#include "broker/broker.h"
#include "broker/coordinator/group_desk.h"
#include "broker/shard.h"
#include "handlers/handlers.h"

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
void run_on_group(Request& request, std::string_view group, Refused refused, Operation operation) {
  if (request.may_block()) return request.reply(refused(make_groups_topic(request)));
  const wire::ErrorCode error = request.shard().groups().run(request, group, operation);
  if (error == wire::ErrorCode::none) return;
  if (error == wire::ErrorCode::coordinator_not_available) return request.continue_on_pool();
  request.reply(refused(error));
}

/// Whether a request about many groups has to go to the pool first, for the topic's sake.
inline bool lacks_groups_topic(Request& request) { return request.broker().groups().partitions().empty(); }

}  // namespace streamline::handlers
