// The two file syntaxes, as a flat list of keys and values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace streamline::config {

struct Entry {
  std::string key;
  std::string value;
  std::string origin;  ///< "streamline.toml:12"
};

/// Sections and dotted keys are joined by dots, arrays by commas. Errc::malformed with file and line.
Result<std::vector<Entry>> read_toml(std::string_view text, std::string_view file);
/// Java's properties syntax. Errc::malformed with file and line.
Result<std::vector<Entry>> read_java_properties(std::string_view text, std::string_view file);

}  // namespace streamline::config
