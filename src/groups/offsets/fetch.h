// OffsetFetch for one group (rule 109); the shape is that of version 8 and later.
#pragma once

#include <cstdint>

#include "base/arena.h"
#include "groups/shard_state.h"
#include "wire/messages/offset_fetch.h"

namespace streamline::groups::offsets {

/// Whether an offset that an open transaction is about to change may be told (rule 69), or UNSTABLE_OFFSET_COMMIT stands in for it.
enum class Wanted : std::uint8_t { committed, stable };

struct Fetching {
  /// The request's.
  std::int16_t version = 0;
  Wanted wanted = Wanted::committed;
};

wire::OffsetFetchResponse::OffsetFetchResponseGroup fetch(const ShardState& state,
                                                          const wire::OffsetFetchRequest::OffsetFetchRequestGroup& request,
                                                          const Fetching& how, Arena& arena);

}  // namespace streamline::groups::offsets
