// Properties in environment variables: STREAMLINE_LOG_DIRS or KAFKA_LOG_DIRS is log.dirs.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/file_readers.h"

namespace streamline::config {

struct EnvironmentEntries {
  /// KAFKA_* first, so that STREAMLINE_* replaces them; `origin` is the variable's name.
  std::vector<Entry> entries;
  /// Variables of ours that name no property, some with a guess what was meant.
  std::vector<std::string> unknown;
  /// NAME_FILE whose file cannot be read.
  std::vector<std::string> errors;
};

EnvironmentEntries read_environment(const std::vector<std::pair<std::string, std::string>>& variables);

/// A whole small file. Errors: not_found, io, too_large.
Result<std::string> read_text_file(const std::string& path);

}  // namespace streamline::config
