// What SIGUSR1 writes to the log: what the broker holds and does at this moment, for whoever looks into a puzzle.
#pragma once

#include <cstdint>

#include "embedded/instance.h"

namespace streamline::main_program {

/// Whatever the levels of the log are. `up_ms`: how long it has run.
void log_state(embedded::Instance& instance, std::int64_t up_ms);

}  // namespace streamline::main_program
