// Members go: by themselves, by an operator, or because their time is up.
#pragma once

#include <string>
#include <vector>

#include "groups/consumer/target.h"

namespace streamline::groups::consumer {

/// Takes members out. The others' target is computed with the next heartbeat. When only members of the classic protocol are left, the
/// group becomes a classic one where Options::migration allows it: `group` is gone then.
void remove_members(Step& step, ConsumerGroup& group, const std::vector<std::string>& member_ids, const Cause& cause);

/// Drops what was resolved for a regular expression that no member uses any more.
void drop_unused_regex(Step& step, ConsumerGroup& group, const std::string& regex);

}  // namespace streamline::groups::consumer
