// What time does to transactions: open ones are aborted, ids that nobody uses are forgotten (rules 68 and 71).
#pragma once

#include <cstddef>
#include <string>

#include "transactions/step.h"

namespace streamline::transactions {

/// Aborts every open transaction whose time is up.
void abort_timed_out(Step& step);

/// Looks at a bounded number of ids from `from` on and forgets those that have not been used for long enough. Where to go on; empty
/// after the last.
std::string forget_unused(Step& step, const std::string& from);

}  // namespace streamline::transactions
