// groups reset: moves what a group has committed, and writes down what it was.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exit_code.h"
#include "session.h"

namespace streamline::cli {

struct ResetOptions {
  std::string group;
  std::string to;
  /// Empty: whatever the group has committed for.
  std::vector<std::string> topics;
  /// Empty: all.
  std::vector<std::int32_t> partitions;
  bool dry_run = false;
  /// Empty: a name of its own in the working directory.
  std::string undo;
};

ExitCode reset_group(Session& session, const ResetOptions& options);

}  // namespace streamline::cli
