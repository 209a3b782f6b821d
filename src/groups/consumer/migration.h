// A live group moves between both protocols (rule 124), as Kafka does with group.consumer.migration.policy.
#pragma once

#include <string>

#include "base/result.h"
#include "groups/classic/classic_group.h"
#include "groups/consumer/target.h"

namespace streamline::groups::consumer {

/// Why a classic group cannot become one of the new protocol for its first such member; empty when it can.
std::string upgrade_obstacle(const Step& step, const ClassicGroup& group);

/// The classic group becomes one of the new protocol: its members stay in it with what they have. Who waits for an answer is told to
/// join again. `group` is gone afterwards. There is no upgrade_obstacle(). An empty group leaves nothing but its offsets.
void become_consumer(Step& step, ClassicGroup& group);

/// Whether a group whose members all speak the classic protocol may become a classic one.
bool may_become_classic(const Step& step, const ConsumerGroup& group);

/// It does, and its members have to join again. `group` is gone afterwards.
void become_classic(Step& step, ConsumerGroup& group, const Cause& cause);

}  // namespace streamline::groups::consumer
