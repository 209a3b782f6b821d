// Random producers against one shard and a few partitions; every seed is a run that can be had again.
#pragma once

#include <cstdint>
#include <string>

namespace streamline::scenario {

/// Empty when every promise was kept and every transaction ended; otherwise what broke, with the seed.
std::string broken_in_random_transactions(std::uint64_t seed);

}  // namespace streamline::scenario
