// Table: rows under upper-case column names, columns padded to their widest cell; in colours the names stand out, and under STATUS and
// STATE what is good and what is not.
#pragma once

#include <string>
#include <vector>

#include "output/paint.h"

namespace streamline::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> columns) { rows_.push_back(std::move(columns)); }
  /// As many cells as there are columns; an empty one is shown as "-".
  void add(std::vector<std::string> cells);
  std::string text(Paint paint = Paint::none) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace streamline::cli
