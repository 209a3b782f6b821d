// Records of `__consumer_offsets`, as bytes, back into the state.
#pragma once

#include <optional>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "groups/shard_state.h"

namespace streamline::groups {

/// Applies one record; without a value it is a tombstone. `producer` is that of its batch when that is part of a transaction. A failure
/// says what the record is and why it cannot be read; the state is as before then. `arena` is for the length of the call.
Status replay(ShardState& state, ByteView key, std::optional<ByteView> value, ProducerId producer, Arena& arena);

}  // namespace streamline::groups
