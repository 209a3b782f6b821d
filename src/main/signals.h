// Signals as a descriptor: TERM and INT end, HUP reads the configuration again, USR1 writes the state to the log.
#pragma once

#include <csignal>
#include <optional>

namespace streamline::main_program {

/// Blocks them in this thread and those it starts, and ignores PIPE; must run before any thread starts. The descriptor lives as long as
/// the process.
int take_signals();
/// The signal that was waiting; nothing when there was none.
std::optional<int> next_signal(int descriptor);

}  // namespace streamline::main_program
