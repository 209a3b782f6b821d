// The nearest of the known words, when a slip explains what was typed.
#include "suggestion.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/edit_distance.h"

namespace streamline::cli {

std::string suggestion(std::string_view typed, const std::vector<std::string>& known) {
  const auto nearest = std::ranges::min_element(known, {}, [typed](const std::string& word) { return edit_distance(typed, word); });
  if (nearest == known.end() || !is_slip(typed, *nearest)) return {};
  return fmt::format(", did you mean '{}'?", *nearest);
}

}  // namespace streamline::cli
