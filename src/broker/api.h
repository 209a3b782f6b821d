// One row of the table of APIs: what the broker dispatches by and what ApiVersions answers from.
#pragma once

#include <cstdint>
#include <span>

#include "wire/api_key.h"

namespace streamline::broker {

class Request;

/// Where a handler runs: `pool` for those that touch files or may take long.
enum class RunsOn : std::uint8_t { reactor, pool };

/// Instead of a lowest version: an API of our own, which ApiVersions does not name. Other clients choose by what it names, and some are
/// strict about what they find there.
inline constexpr std::int16_t kNotAdvertised = -1;

struct Api {
  wire::ApiKey key;
  std::int16_t min_version;
  std::int16_t max_version;
  RunsOn runs_on;
  void (*handle)(Request&);
  /// Lowest version in the answer of ApiVersions when it is below min_version: older clients infer features from it (kafka-rules 12).
  std::int16_t advertised_min_version;
};

using ApiTable = std::span<const Api>;

}  // namespace streamline::broker
