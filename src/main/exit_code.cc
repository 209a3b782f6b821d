// Which exit code a failed start has.
#include "main/exit_code.h"

namespace streamline::main_program {

namespace {

ExitCode data_exit_code(Errc code) {
  switch (code) {
    case Errc::locked: return ExitCode::locked;
    case Errc::permission: return ExitCode::permission;
    case Errc::corrupt:
    case Errc::unsupported:
    case Errc::conflict: return ExitCode::damaged;
    default: return ExitCode::io;
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
