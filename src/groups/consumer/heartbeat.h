// ConsumerGroupHeartbeat 0 and 1 (rules 115 to 123): join, stay, reconcile, leave.
#pragma once

#include "groups/call.h"
#include "groups/step.h"
#include "wire/messages/consumer_group_heartbeat.h"

namespace streamline::groups::consumer {

void heartbeat(Step& step, const wire::ConsumerGroupHeartbeatRequest& request, const Call& call);

}  // namespace streamline::groups::consumer
