// The commands of scripts about classic groups and offsets.
#pragma once

#include <memory>

#include "scenario/script.h"

namespace streamline::scenario {

std::unique_ptr<Player> new_classic_player();

}  // namespace streamline::scenario
