// The subcommands `streamline check` and `streamline dump`: flags, and findings and lines printed to standard output.
#pragma once

#include <optional>

namespace streamline::main_program {

/// The exit code when the first argument names a subcommand; nothing when the server is to be run.
std::optional<int> run_command(int argc, char** argv);

}  // namespace streamline::main_program
