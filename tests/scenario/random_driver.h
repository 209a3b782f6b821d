// Random clients against one shard; every seed is a run that can be had again.
#pragma once

#include <cstdint>
#include <string>

namespace streamline::scenario {

/// Empty when every invariant held and all clients ended in one stable generation; otherwise what broke, with the seed.
std::string broken_in_random_run(std::uint64_t seed);

}  // namespace streamline::scenario
