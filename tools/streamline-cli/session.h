// Session: what every command shares: the global options, the way to the brokers, and how it speaks to the user.
// Records and answers go to standard output, everything else to standard error.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/cluster.h"
#include "exit_code.h"

namespace streamline::cli {

/// `plain` is a command's own form: a table for those that list, bare records for consume, silence for produce.
enum class Output : std::uint8_t { plain, table, json };

struct Session {
  std::string bootstrap;
  Output output = Output::plain;
  /// Becomes readable when the user interrupts.
  int interrupt_fd = -1;
  /// What the parsed command line asks for; set by the command's callback.
  std::function<ExitCode(Session&)> command;
  /// The client of this run; made by main from `bootstrap` before the command starts.
  client::Cluster* cluster = nullptr;
};

/// Prints "streamline-cli: …" on standard error; gives the exit code for the error, or `usage`.
ExitCode complain(const Error& error);
ExitCode complain_usage(std::string_view text);

/// Writes to standard output, buffered. io when it cannot be written; a closed pipe ends the program silently.
Status print(std::string_view text);
Status flush_output();
/// print() and flush_output() as the last thing a command does.
ExitCode finish(std::string_view text);

/// Milliseconds since 1970.
std::int64_t wall_clock_ms();

}  // namespace streamline::cli
