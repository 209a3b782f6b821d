// Script commands as heartbeats of the new protocol.
#pragma once

#include "scenario/script.h"
#include "scenario/world.h"

namespace streamline::scenario {

/// beat, enter, quit: hands the request in; its answer comes with the end of the turn.
void send_beat(World& world, const Command& command);

}  // namespace streamline::scenario
