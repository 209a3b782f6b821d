// Which partition a record without a chosen one goes to, as Java's default partitioner decides.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace streamline::client {

/// MurmurHash2 with Kafka's seed.
std::uint32_t murmur2(ByteView bytes);
/// Partition of a key among `partitions` > 0: the hash without its sign bit, modulo.
std::int32_t partition_of_key(ByteView key, std::int32_t partitions);

}  // namespace streamline::client
