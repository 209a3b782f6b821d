// LoadFigures: what a shard saw of its log.
#pragma once

#include <cstddef>
#include <string>

namespace streamline::coordinator {

/// What loading saw. A skipped record is one of an unknown kind or with bytes that do not parse.
struct LoadFigures {
  std::size_t records = 0;
  std::size_t skipped = 0;
  /// Why the last one was skipped; empty when none was.
  std::string last_skip{};
};

}  // namespace streamline::coordinator
