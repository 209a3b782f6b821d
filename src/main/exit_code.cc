// Which exit code a failed start has.
#include "main/exit_code.h"

#include <system_error>

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

/// A topic that was declared wrongly is a mistake in the configuration; one that finds no room is not.
ExitCode topics_exit_code(Errc code) {
  switch (code) {
    case Errc::io:
    case Errc::no_space:
    case Errc::corrupt: return ExitCode::io;
    case Errc::permission: return ExitCode::permission;
    default: return ExitCode::configuration;
  }
}

/// What stands where the directory, or one above it, should be; empty when nothing does.
std::filesystem::path file_in_the_way(const std::filesystem::path& directory) {
  std::error_code error;  // what cannot be looked at is not in the way
  for (std::filesystem::path at = directory; !at.empty(); at = at.parent_path()) {
    const std::filesystem::file_status status = std::filesystem::status(at, error);
    if (std::filesystem::exists(status)) return std::filesystem::is_directory(status) ? std::filesystem::path() : at;
    if (at == at.root_path()) break;
  }
  return {};
}

}  // namespace

ExitCode exit_code(const embedded::StartFailure& failure) {
  switch (failure.phase) {
    case embedded::StartPhase::configuration: return ExitCode::configuration;
    case embedded::StartPhase::topics: return topics_exit_code(failure.error.code);
    case embedded::StartPhase::data: return data_exit_code(failure.error.code);
    case embedded::StartPhase::listening: return failure.error.code == Errc::permission ? ExitCode::permission : ExitCode::listening;
  }
  return ExitCode::io;
}

std::string advice(const embedded::StartFailure& failure, const std::filesystem::path& data_dir) {
  if (failure.phase == embedded::StartPhase::listening) {
    switch (failure.error.code) {
      case Errc::already_exists: return "; another program has this port (ss -ltnp tells which): end it, or listen elsewhere with --listen";
      case Errc::permission: return "; ports below 1024 need CAP_NET_BIND_SERVICE: grant it, or listen elsewhere with --listen";
      case Errc::unsupported: return "; this machine has no such address: see ip address, or listen elsewhere with --listen";
      default: return "";
    }
  }
  if (failure.phase == embedded::StartPhase::data) {
    switch (failure.error.code) {
      case Errc::locked: return "; end that broker, or name another directory with --data-dir";
      case Errc::permission: return "; make it this user's (chown), or name another directory with --data-dir";
      case Errc::corrupt: return "; streamline check DIR says what is damaged, with --repair it sets that aside";
      default: {
        const std::filesystem::path blocking = file_in_the_way(data_dir);
        if (blocking.empty()) return "";
        return "; " + blocking.string() + " is no directory: move it away, or name another directory with --data-dir";
      }
    }
  }
  return "";
}

}  // namespace streamline::main_program
