// JoinGroup, versions 0 to 9 (rules 97 to 102, 105, 107).
#pragma once

#include "groups/call.h"
#include "groups/step.h"
#include "wire/messages/join_group.h"

namespace streamline::groups::classic {

/// The group is unknown or a classic one.
void join(Step& step, const wire::JoinGroupRequest& request, const Call& call);

}  // namespace streamline::groups::classic
