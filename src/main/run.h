// The life of the server after its start: signals, signs of life, the end.
#pragma once

#include <cstdint>

#include "embedded/instance.h"
#include "main/exit_code.h"
#include "main/flags.h"
#include "main/reload.h"
#include "main/service_link.h"

namespace streamline::main_program {

struct Running {
  embedded::Instance& instance;
  const Flags& flags;
  Reload& reload;
  ServiceLink& service;
  int signals;              ///< take_signals()
  std::int64_t started_ms;  ///< monotonic
};

/// Returns when the broker has ended in order.
ExitCode run_until_end(const Running& running);

}  // namespace streamline::main_program
