// The server's flags, and what they mean to the configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/loader.h"
#include "config/properties.h"

namespace streamline::main_program {

struct Flags {
  std::string config_file;
  std::vector<std::string> listen;     // HOST:PORT
  std::vector<std::string> advertise;  // HOST:PORT
  std::optional<std::string> data_dir;
  std::optional<std::int64_t> memory_limit;  // bytes
  std::vector<std::string> properties;       // key=value
  bool in_memory = false;
  bool ephemeral = false;
  bool print_env = false;
};

/// The exit code when there is nothing to run: help, version, or a wrong flag, which was told on standard error.
std::optional<int> parse_flags(int argc, char** argv, Flags& flags);
config::LoadRequest load_request(const Flags& flags);
/// log.level and log.format take effect before anything is logged.
void apply_log_settings(const config::Properties& properties);

}  // namespace streamline::main_program
