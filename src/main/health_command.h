// `streamline health`: whether a broker serves, for containers, units and scripts that have no other tool at hand.
#pragma once

namespace streamline::main_program {

/// `argv[0]` is "health". The exit code: 0 it serves, 1 it does not.
int run_health(int argc, char** argv);

}  // namespace streamline::main_program
