// topics alter and topics trim.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "session.h"

namespace streamline::cli {

/// `topics` is the family's command.
void add_topic_changes(CLI::App& topics, Session& session);

/// key=value for each. invalid_argument names `flag` and what is wrong.
Result<std::vector<std::pair<std::string, std::string>>> parse_configs(std::string_view flag, const std::vector<std::string>& texts);

}  // namespace streamline::cli
