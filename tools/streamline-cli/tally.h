// Tally: the exit code of a command over several things: the failure's when all failed, `partly_failed` when some went well.
#pragma once

#include <cstddef>

#include "exit_code.h"

namespace streamline::cli {

class Tally {
 public:
  void count(ExitCode code) {
    ++total_;
    if (code == ExitCode::ok) return;
    ++failed_;
    last_ = code;
  }
  ExitCode code() const {
    if (failed_ == 0) return ExitCode::ok;
    return failed_ == total_ ? last_ : ExitCode::partly_failed;
  }

 private:
  std::size_t total_ = 0;
  std::size_t failed_ = 0;
  ExitCode last_ = ExitCode::ok;
};

}  // namespace streamline::cli
