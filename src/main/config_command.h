// `streamline config show|check|docs`: what the configuration is and where each value comes from, whether a file is right, what there is.
#pragma once

namespace streamline::main_program {

/// `argv[0]` is "config". The exit code.
int run_config(int argc, char** argv);

}  // namespace streamline::main_program
