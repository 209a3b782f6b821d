// Padding of cells, and dashes for empty ones.
#include "output/table.h"

#include <algorithm>

#include "base/assert.h"

namespace streamline::cli {

namespace {

/// Columns of the terminal that UTF-8 takes: each character one, which wide scripts do not keep to.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }));
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
  SL_ASSERT(cells.size() == rows_[0].size());
  for (std::string& cell : cells) {
    if (cell.empty()) cell.push_back('-');
  }
  rows_.push_back(std::move(cells));
}

std::string Table::text(Paint paint) const {
  std::vector<std::size_t> widths(rows_[0].size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  const auto tone = [&](const std::vector<std::string>& row, std::size_t i) {
    if (&row == &rows_[0]) return Tone::heading;
    return rows_[0][i] == "STATUS" || rows_[0][i] == "STATE" ? tone_of(row[i]) : Tone::plain;
  };
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += painted(row[i], tone(row, i), paint);
      if (i + 1 < row.size()) text.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace streamline::cli
