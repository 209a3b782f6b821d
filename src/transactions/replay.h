// Records of `__transaction_state`, as bytes, back into the state.
#pragma once

#include <optional>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/result.h"
#include "transactions/shard_state.h"

namespace streamline::transactions {

/// Applies one record; without a value it is a tombstone. A failure says what the record is and why it cannot be read; the state is
/// as before then. `arena` is for the length of the call.
Status replay(ShardState& state, ByteView key, std::optional<ByteView> value, Arena& arena);

}  // namespace streamline::transactions
