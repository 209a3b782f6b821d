// What may stand next on the command line: the answer to a shell that completes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "session.h"

namespace streamline::cli {

/// `words` are those behind the program's name; the last is being typed and may be empty. A line for each candidate: the word, and
/// behind a tab what it means where that is known. ":files" alone asks for names of files.
std::vector<std::string> candidates(Session& session, std::span<const std::string> words);

/// `words` as the flags that say where the brokers are have it; "" without them.
std::string bootstrap_in(std::span<const std::string> words);

}  // namespace streamline::cli
