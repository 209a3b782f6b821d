// Walking the grammar: commands, flags and words of the command line as the parser knows them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace streamline::cli {

/// Commands directly below `app`, in the order in which help lists them.
std::vector<const CLI::App*> commands_of(const CLI::App& app);
/// Every command without commands of its own.
std::vector<const CLI::App*> leaves_of(const CLI::App& app);
/// Flags of this command alone, --help left out.
std::vector<const CLI::Option*> flags_of(const CLI::App& app);
/// The words that follow the command, in order.
std::vector<const CLI::Option*> words_of(const CLI::App& app);
bool takes_value(const CLI::Option& flag);
/// "streamline-cli topics create".
std::string command_line(const CLI::App& app);
/// "streamline-cli topics create TOPIC... [flags]".
std::string usage_line(const CLI::App& app);
/// "-p, --partitions N".
std::string flag_text(const CLI::Option& flag);

/// The footer without the heading "Examples:" and what follows it.
std::string notes_of(const CLI::App& app);
/// The lines under "Examples:", without indentation.
std::vector<std::string> examples_of(const CLI::App& app);

}  // namespace streamline::cli
