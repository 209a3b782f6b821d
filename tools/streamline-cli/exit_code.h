// Exit codes of the command line; a script may rely on them.
#pragma once

#include "base/result.h"

namespace streamline::cli {

enum class ExitCode : int {
  ok = 0,
  failed = 1,
  usage = 2,
  not_found = 3,
  exists = 4,
  denied = 5,
  unreachable = 6,
  partly_failed = 7,
  interrupted = 130,
};

constexpr ExitCode exit_code_of(Errc code) {
  switch (code) {
    case Errc::not_found: return ExitCode::not_found;
    case Errc::already_exists:
    case Errc::conflict: return ExitCode::exists;
    case Errc::permission: return ExitCode::denied;
    case Errc::closed:
    case Errc::timed_out: return ExitCode::unreachable;
    default: return ExitCode::failed;
  }
}

}  // namespace streamline::cli
