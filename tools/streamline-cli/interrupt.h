// Control-C as a descriptor that waits can watch.
#pragma once

#include "base/result.h"

namespace streamline::cli {

/// From now on SIGINT makes the returned descriptor readable instead of ending the program; a second one ends it. Once per program.
Result<int> watch_interrupts();
/// Whether SIGINT came.
bool interrupted();

}  // namespace streamline::cli
