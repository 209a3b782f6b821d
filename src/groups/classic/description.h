// DescribeGroups of one classic group (rule 112).
#pragma once

#include "base/arena.h"
#include "groups/classic/classic_group.h"
#include "groups/shard_state.h"
#include "wire/messages/describe_groups.h"

namespace streamline::groups::classic {

/// Texts are copied into `arena`. A group that is unknown or of another type is a dead one.
wire::DescribeGroupsResponse::DescribedGroup describe(const ShardState& state, std::string_view id, std::int16_t version, Arena& arena);

}  // namespace streamline::groups::classic
