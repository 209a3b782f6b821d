// A member's way from what it holds to its target (rule 117). A pure function of the group.
#pragma once

#include <optional>

#include "groups/consumer/consumer_group.h"

namespace streamline::groups::consumer {

/// What the member shall hold next. `owned` is what it says to own at the moment; none: it does not say. A member that has to give up
/// partitions keeps its epoch until it does not own them any more; what others still hold is withheld until they let go.
MemberAssignment next_assignment(const ConsumerGroup& group, const ConsumerMember& member, const std::optional<TopicPartitions>& owned);

/// Whether others still hold something of the member's target.
bool waits_for_others(const ConsumerGroup& group, const ConsumerMember& member);

}  // namespace streamline::groups::consumer
