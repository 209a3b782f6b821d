// Members of the classic protocol in a group of the new one (rule 124): JoinGroup, SyncGroup, Heartbeat and LeaveGroup by conversion.
// A generation is the member's epoch; nobody leads, as the assignment is computed here.
#pragma once

#include "groups/call.h"
#include "groups/consumer/consumer_group.h"
#include "groups/step.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/sync_group.h"

namespace streamline::groups::consumer {

/// Answered at once: a member need not wait for the others. What it may not have yet it is told to join again for by its heartbeats.
void join(Step& step, ConsumerGroup& group, const wire::JoinGroupRequest& request, const Call& call);
void sync(Step& step, ConsumerGroup& group, const wire::SyncGroupRequest& request, const Call& call);
void classic_heartbeat(Step& step, ConsumerGroup& group, const wire::HeartbeatRequest& request, const Call& call);
/// Of members of either protocol. The group may be gone afterwards.
void classic_leave(Step& step, ConsumerGroup& group, const wire::LeaveGroupRequest& request, const Call& call);

}  // namespace streamline::groups::consumer
