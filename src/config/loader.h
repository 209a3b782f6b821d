// Reads the configuration: flag > environment > file > default, each value with its origin.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/properties.h"

namespace streamline::config {

/// One value given on the command line.
struct Override {
  std::string key;
  std::string value;
  std::string origin;  ///< as the user wrote it: "-X num.partitions", "--listen"
};

struct LoadRequest {
  /// TOML; Kafka's server.properties syntax when the name ends in ".properties". Empty = no file.
  std::string file;
  /// Who named it, for the text when it cannot be read: "--config".
  std::string file_origin = {};
  /// Name and value of the process's environment; only STREAMLINE_* and KAFKA_* are looked at, STREAMLINE_* wins.
  /// NAME_FILE names a file that holds the value (for secrets).
  std::vector<std::pair<std::string, std::string>> environment;
  /// Later ones win.
  std::vector<Override> overrides;
};

struct Loaded {
  Properties properties;
  /// Finished lines for the log: the ignored Kafka keys in one line, and environment names that mean nothing.
  std::vector<std::string> warnings;
};

/// All mistakes are collected: the error's text has one line for each: where it stands, the
/// key, the value, what is wrong and what is allowed. Errc::invalid_config.
Result<Loaded> load(const LoadRequest& request);

/// "key=value" of -X. Errc::invalid_argument.
Result<Override> parse_override(std::string_view text);
/// The environment of this process for LoadRequest.
std::vector<std::pair<std::string, std::string>> process_environment();

}  // namespace streamline::config
