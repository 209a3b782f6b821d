// Script commands as requests to the shard.
#pragma once

#include <string>
#include <vector>

#include "scenario/script.h"
#include "scenario/world.h"

namespace streamline::scenario {

/// join, sync, heartbeat, leave, commit, txn_commit, delete_offsets: hands the request in; its answer comes with the end of the turn.
void send(World& world, const Command& command);
/// Brings the named clients into a stable group, the first one leading; each is assigned its name.
void settle(World& world, const Command& command);

std::vector<std::string> fetched(const World& world, const Command& command);
std::vector<std::string> described(const World& world, const Command& command);
std::vector<std::string> listed(const World& world, const Command& command);

/// A record of any bytes: `key=` and `value=` in hexadecimal.
LoggedRecord raw_record(const Command& command);

}  // namespace streamline::scenario
