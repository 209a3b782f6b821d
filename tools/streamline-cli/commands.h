// The command families; each adds its words to the parser and sets Session::command when it is chosen.
#pragma once

#include <CLI/CLI.hpp>

#include "session.h"

namespace streamline::cli {

/// `app` and `session` outlive the parser's run.
void add_topics(CLI::App& app, Session& session);
void add_groups(CLI::App& app, Session& session);
void add_produce(CLI::App& app, Session& session);
void add_consume(CLI::App& app, Session& session);

}  // namespace streamline::cli
