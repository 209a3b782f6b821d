// Envelope: a record as a line of JSON, the form in which `consume -o json` prints it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace streamline::cli {

struct Envelope {
  std::optional<std::int32_t> partition;
  std::optional<std::int64_t> timestamp;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

/// `bytes` as they are to be written; `json` for what is still to be encoded: each value as JSON.
enum class Contents : std::uint8_t { bytes, json };

/// Keys: partition, timestamp (ms), key, value, headers[] (key, value), or headers{} (value by key); all may be missing, others are
/// passed over (topic and offset say where a record was). Contents are text, {"base64": "…"}, or null; numbers, booleans, lists and other
/// objects are written as the JSON that they are. malformed names the key that is wrong.
Result<Envelope> parse_envelope(std::string_view line, Contents keys = Contents::bytes, Contents values = Contents::bytes);

}  // namespace streamline::cli
