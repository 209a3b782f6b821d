// The known word nearest to what was typed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace streamline::cli {

/// ", did you mean 'x'?" for the nearest of `known`, or nothing when none is near (by edit distance).
std::string suggestion(std::string_view typed, const std::vector<std::string>& known);

}  // namespace streamline::cli
