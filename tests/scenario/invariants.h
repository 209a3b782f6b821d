// What holds of a shard after every turn, whatever its clients did.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "scenario/world.h"

namespace streamline::scenario {

/// Empty when all is well, otherwise what is not. `waiting` are the tickets that have had no answer.
std::string broken_in_state(const World& world, const std::set<std::uint64_t>& waiting);

/// The log must give back what the shard would lose with its memory: groups at rest, and all offsets.
std::string broken_in_log(World& world);

/// Generations grow, and each has one leader. Follows the answers of one group over its life.
class GenerationWatch {
 public:
  /// Empty when all is well.
  std::string see(const World& world, const groups::Answer& answer);
  /// A restart forgets generations that were never synced.
  void forget();

 private:
  std::map<std::int32_t, std::string> leaders_;
  std::int32_t highest_ = 0;
};

}  // namespace streamline::scenario
