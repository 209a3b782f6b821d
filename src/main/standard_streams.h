// The numbers 0, 1 and 2.
#pragma once

namespace streamline::main_program {

/// Takes those that this process was started without, so that no file of the data directory gets one: log lines would go into it. What is
/// read or written there fails as before. False when that is not possible. Before anything else is opened.
bool hold_standard_streams();

}  // namespace streamline::main_program
