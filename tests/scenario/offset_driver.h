// Random commits, with and without transactions, against one shard and a model; every seed is a run that can be had again.
#pragma once

#include <cstdint>
#include <string>

namespace streamline::scenario {

/// Empty when after every turn, restart and compaction the shard had what the model has: no offset of an aborted transaction, every
/// one of a committed one that nothing later came over. Otherwise what broke, with the seed.
std::string broken_in_random_offsets(std::uint64_t seed);

}  // namespace streamline::scenario
