// Reload: SIGHUP. The configuration is read again from where it came from; what may change while the broker runs takes effect, below what
// clients have set on it, and what may not is named. Belongs to main's thread.
#pragma once

#include "config/loader.h"
#include "embedded/instance.h"

namespace streamline::main_program {

class Reload {
 public:
  /// `started`: what the broker runs with.
  Reload(config::LoadRequest request, config::Properties started) : request_(std::move(request)), current_(std::move(started)) {}

  /// A mistake in the configuration changes nothing and is told in the log.
  void run(embedded::Instance& instance);

 private:
  const config::LoadRequest request_;
  config::Properties current_;  // as started, with what was read since
};

}  // namespace streamline::main_program
