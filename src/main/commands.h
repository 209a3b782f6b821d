// The subcommands: check and dump (here), config and health (in files of their own), each with flags and lines on standard output.
#pragma once

#include <optional>

namespace streamline::main_program {

/// The exit code when the first argument names a subcommand; nothing when the server is to be run.
std::optional<int> run_command(int argc, char** argv);

}  // namespace streamline::main_program
