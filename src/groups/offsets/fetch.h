// OffsetFetch for one group (rule 109); the shape is that of version 8 and later.
#pragma once

#include "base/arena.h"
#include "groups/shard_state.h"
#include "wire/messages/offset_fetch.h"

namespace streamline::groups::offsets {

wire::OffsetFetchResponse::OffsetFetchResponseGroup fetch(const ShardState& state,
                                                          const wire::OffsetFetchRequest::OffsetFetchRequestGroup& request,
                                                          std::int16_t version, Arena& arena);

}  // namespace streamline::groups::offsets
