// The deadlines of a member of a KIP-848 group.
#pragma once

#include <string_view>

#include "groups/consumer/consumer_group.h"
#include "groups/step.h"

namespace streamline::groups::consumer {

/// The member has its session timeout to be heard of again.
void restart_session(Step& step, const ConsumerGroup& group, const ConsumerMember& member);
/// A member that has to give up partitions gets its rebalance timeout for it, counted from when it was told; others have no such deadline.
void watch_revocation(Step& step, const ConsumerGroup& group, const ConsumerMember& member);
/// Members of the classic protocol: told to join again, and joined but without their assignment yet.
void await_join(Step& step, const ConsumerGroup& group, const ConsumerMember& member);
void await_sync(Step& step, const ConsumerGroup& group, const ConsumerMember& member);
void stop_awaiting_join(Step& step, std::string_view group, std::string_view member_id);
void stop_awaiting_sync(Step& step, std::string_view group, std::string_view member_id);
/// All deadlines of one member.
void cancel_timers(Step& step, std::string_view group, std::string_view member_id);

/// After a load every member has its timeouts from the beginning.
void resume(Step& step, ConsumerGroup& group);
/// A deadline passed: the member is out.
void on_deadline(Step& step, ConsumerGroup& group, TimerKind kind, std::string_view member_id);

}  // namespace streamline::groups::consumer
