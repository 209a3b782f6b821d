// When a partition's oldest records go and why, in words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "wire/next_deletion.h"

namespace streamline::cli {

/// "below 42 at 2026-01-31T12:00:00.000Z (retention.ms)", "below 42 after 1000 more bytes (retention.bytes)", both with "or" between,
/// "never"; empty when the broker did not tell.
std::string next_deletion_text(const std::optional<wire::NextDeletion>& next, std::int64_t now_ms);
/// "7d", "36h", "10m", "90s", "1500ms"; "without limit" when negative.
std::string duration_text(std::int64_t ms);

}  // namespace streamline::cli
