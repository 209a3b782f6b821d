// RebalanceNote: the answer to "why did my group rebalance?".
#pragma once

#include <cstdint>
#include <string>

namespace streamline::groups {

/// Why and when members had to join again for the last time.
struct RebalanceNote {
  std::string reason{};
  /// Empty when no member caused it.
  std::string member_id{};
  std::int64_t began_ms = 0;  // wall clock
  /// -1 while it lasts. It ends when the leader has handed in the assignment, or the group is empty.
  std::int64_t ended_ms = -1;
};

}  // namespace streamline::groups
