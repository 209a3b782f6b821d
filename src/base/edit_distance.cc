// Levenshtein's distance over one row.
#include "base/edit_distance.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace streamline {

std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t changed = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[to.size()];
}

bool is_slip(std::string_view typed, std::string_view meant) {
  return edit_distance(typed, meant) <= std::max<std::size_t>(1, typed.size() / 2);
}

}  // namespace streamline
