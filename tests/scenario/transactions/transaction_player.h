// The player of the scripts in this folder; README.md has their language.
#pragma once

#include <memory>

#include "scenario/script.h"

namespace streamline::scenario {

std::unique_ptr<Player> new_transaction_player();

}  // namespace streamline::scenario
