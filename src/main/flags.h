// The server's flags, and what they mean to the configuration.
#pragma once

#include <CLI/CLI.hpp>
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
  std::vector<std::string> topics;           // NAME[:PARTITIONS][:POLICY]
  std::string log_level;
  std::string log_format;
  std::vector<std::string> properties;  // key=value
  bool in_memory = false;
  bool ephemeral = false;
  bool print_env = false;
};

/// The exit code when there is nothing to run: help, version, or a wrong flag, which was told on standard error.
std::optional<int> parse_flags(int argc, char** argv, Flags& flags);
config::LoadRequest load_request(const Flags& flags);
/// The names in `listeners`; none where the list is wrong, which is told when it is used.
std::vector<std::string> listener_names(const config::Properties& properties);

/// The options that say what the configuration is, for the server and for the commands that look at it.
void add_configuration_options(CLI::App& app, Flags& flags);
/// What is wrong with their values; empty when they are right.
std::string check_configuration_options(const Flags& flags);

}  // namespace streamline::main_program
