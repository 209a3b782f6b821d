// Levenshtein's distance over one row.
#include "suggestion.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace streamline::cli {

namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string suggestion(std::string_view typed, const std::vector<std::string>& known) {
  const auto nearest = std::ranges::min_element(known, {}, [&](const std::string& word) { return distance(typed, word); });
  const std::size_t near = std::max<std::size_t>(1, typed.size() / 2);
  if (nearest == known.end() || distance(typed, *nearest) > near) return {};
  return fmt::format(", did you mean '{}'?", *nearest);
}

}  // namespace streamline::cli
