// Prints the configuration file that is the manual: config/streamline.toml, every property with its text, default, unit and range.
#pragma once

#include <string>

namespace streamline::config {

std::string print_document();

}  // namespace streamline::config
