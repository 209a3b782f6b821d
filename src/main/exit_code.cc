// Which exit code a failed start has.
#include "main/exit_code.h"

namespace streamline::main_program {

namespace {

ExitCode data_exit_code(Errc code) {
  switch (code) {
    case Errc::locked: return ExitCode::locked;
    case Errc::permission: return ExitCode::permission;
    case Errc::io:
    case Errc::no_space:
    case Errc::too_many_files: return ExitCode::io;
    default: return ExitCode::damaged;
  }
}

}  // namespace

ExitCode exit_code(const embedded::StartFailure& failure) {
  switch (failure.phase) {
    case embedded::StartPhase::configuration: return ExitCode::configuration;
    case embedded::StartPhase::data: return data_exit_code(failure.error.code);
    case embedded::StartPhase::listening: return failure.error.code == Errc::permission ? ExitCode::permission : ExitCode::listening;
  }
  return ExitCode::io;
}

}  // namespace streamline::main_program
