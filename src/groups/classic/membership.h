// SyncGroup, Heartbeat and LeaveGroup at all versions (rules 103 to 106).
#pragma once

#include "groups/call.h"
#include "groups/classic/classic_group.h"
#include "groups/step.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/sync_group.h"

namespace streamline::groups::classic {

// A null group is one that nobody knows.

void sync(Step& step, ClassicGroup* group, const wire::SyncGroupRequest& request, const Call& call);
void heartbeat(Step& step, ClassicGroup* group, const wire::HeartbeatRequest& request, const Call& call);
void leave(Step& step, ClassicGroup* group, const wire::LeaveGroupRequest& request, const Call& call);

}  // namespace streamline::groups::classic
