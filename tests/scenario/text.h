// Requests' parts out of script words, and answers and records into script lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenario/world.h"

namespace streamline::scenario {

/// "t,u" as a consumer's metadata; `owned` as in "t/0,1;u/2".
std::vector<std::byte> subscription_of(std::string_view topics, std::string_view owned = {});

/// Notes the id and the epoch that a client is given.
void learn_id(World& world, const groups::Answer& answer);
/// "a joined gen=1 protocol=range leader=a id=a members=a,b".
std::string line_of(World& world, const groups::Answer& answer);
/// "+ offset g t/0 5" and "- group g".
std::string line_of(const World& world, const LoggedRecord& record);
/// "g Stable gen=2 protocol=range leader=a members=a,b": the group as it lives now.
std::string state_line(const World& world, std::string_view group);
/// All that a restart would know: groups as last written, and every offset.
std::string durable_state(const groups::GroupShard& shard);

}  // namespace streamline::scenario
