// The grammar as documents: Markdown for docs/, roff for man.
#pragma once

#include <string>

#include "session.h"

namespace streamline::cli {

std::string markdown_manual(const Session& session);
std::string man_page(const Session& session);

}  // namespace streamline::cli
