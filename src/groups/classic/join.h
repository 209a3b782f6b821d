// JoinGroup, versions 0 to 9 (rules 97 to 102, 105, 107).
#pragma once

#include "groups/call.h"
#include "groups/step.h"
#include "wire/messages/join_group.h"

namespace streamline::groups::classic {

/// The group is unknown, a classic one, or one of the new protocol without members, which becomes a classic one. With a session
/// timeout out of bounds it may be any.
void join(Step& step, const wire::JoinGroupRequest& request, const Call& call);

/// Whether the session timeout lies within the bounds, and the group has a name.
bool has_good_session(const Step& step, const wire::JoinGroupRequest& request);

}  // namespace streamline::groups::classic
