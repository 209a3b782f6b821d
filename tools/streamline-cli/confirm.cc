// Asking on standard error, reading standard input.
#include "confirm.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "session.h"

namespace streamline::cli {

std::optional<ExitCode> refused_by_user(std::string_view command, const std::string& question) {
  if (::isatty(STDIN_FILENO) == 0) return complain_usage(fmt::format("{} asks first, and there is no terminal: add --yes", command));
  std::cerr << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return std::nullopt;
  return complain_usage("nothing was changed");
}

}  // namespace streamline::cli
