// topics clone, diff, export and import: a topic's shape (partitions, replicas, configs) taken elsewhere.
#pragma once

#include <CLI/CLI.hpp>

#include "session.h"

namespace streamline::cli {

/// `topics` is the family's command.
void add_topic_copies(CLI::App& topics, Session& session);

}  // namespace streamline::cli
