// A question on the terminal before something is lost.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exit_code.h"

namespace streamline::cli {

/// Nothing when the user agrees; anything but yes is no. Without a terminal `command` is refused with the advice to add --yes.
std::optional<ExitCode> refused_by_user(std::string_view command, const std::string& question);

}  // namespace streamline::cli
