// A line of the shell command as words, with the quotes that every shell has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace streamline::cli {

/// Words stand between spaces; '…' keeps everything as it is, "…" all but \" and \\, a backslash outside of quotes the character behind
/// it; a # at the begin of a word ends the line. malformed: a quote is not closed, or nothing follows the last backslash.
Result<std::vector<std::string>> shell_words(std::string_view line);

/// The same of a line that is being typed up to here: open quotes count as closed, and the last word, which may be empty, is the one
/// under way.
std::vector<std::string> words_so_far(std::string_view line);

/// The word as shell_words() reads it back.
std::string quoted(std::string_view word);

}  // namespace streamline::cli
