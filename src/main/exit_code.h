// Exit codes of the server; README.md has them as a table.
#pragma once

#include <filesystem>
#include <string>

#include "embedded/instance.h"

namespace streamline::main_program {

enum class ExitCode : int {
  ok = 0,
  notes = 1,           ///< `check` found what the next start mends; `health`: not ready
  usage = 64,          ///< a flag is wrong
  damaged = 65,        ///< the data directory is damaged or has another format version
  locked = 66,         ///< another broker uses the data directory
  listening = 69,      ///< an address is in use or cannot be bound
  io = 74,             ///< the disk failed or is full
  permission = 77,     ///< no right to the data directory or the port
  configuration = 78,  ///< a property is wrong
};

ExitCode exit_code(const embedded::StartFailure& failure);
/// What to do about it, behind the failure's text; empty where the text says it.
std::string advice(const embedded::StartFailure& failure, const std::filesystem::path& data_dir);

}  // namespace streamline::main_program
