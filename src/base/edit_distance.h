// How far one word is from another, for "did you mean …".
#pragma once

#include <cstddef>
#include <string_view>

namespace streamline {

/// Fewest single-character insertions, deletions and changes from one word to the other.
std::size_t edit_distance(std::string_view from, std::string_view to);
/// So near that a slip explains it.
bool is_slip(std::string_view typed, std::string_view meant);

}  // namespace streamline
