// A whole small file, or standard input where its name is "-".
#pragma once

#include <string>

#include "base/result.h"

namespace streamline::cli {

/// Errors: not_found, permission, io, too_large (above 64 MiB).
Result<std::string> read_input(const std::string& name);
/// What the input is called in messages.
std::string input_name(const std::string& name);

}  // namespace streamline::cli
