// ConsumerGroupDescribe of one group (rule 125).
#pragma once

#include <string_view>

#include "base/arena.h"
#include "groups/shard_state.h"
#include "wire/messages/consumer_group_describe.h"

namespace streamline::groups::consumer {

/// Texts are copied into `arena`. A group that is unknown or of another type is described by its error.
wire::ConsumerGroupDescribeResponse::DescribedGroup describe(const ShardState& state, std::string_view id, Arena& arena);

}  // namespace streamline::groups::consumer
