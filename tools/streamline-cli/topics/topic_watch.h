// topics watch: what comes in, topic by topic, again and again.
#pragma once

#include <CLI/CLI.hpp>

#include "session.h"

namespace streamline::cli {

/// `topics` is the family's command.
void add_topic_watch(CLI::App& topics, Session& session);

}  // namespace streamline::cli
