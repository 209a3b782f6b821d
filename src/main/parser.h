// Parsing a command line: help and mistakes are told here.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>

namespace streamline::main_program {

/// The exit code of help, or of a wrong line, which is told on standard error in one line; nothing when `app` has what it needs.
std::optional<int> run_parser(CLI::App& app, int argc, char** argv);

}  // namespace streamline::main_program
