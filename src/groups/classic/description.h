// DescribeGroups of one classic group (rule 112).
#pragma once

#include "base/arena.h"
#include "groups/classic/classic_group.h"
#include "wire/messages/describe_groups.h"

namespace streamline::groups::classic {

/// A null group is one that nobody knows. Texts are copied into `arena`.
wire::DescribeGroupsResponse::DescribedGroup describe(std::string_view id, const ClassicGroup* group, std::int16_t version, Arena& arena);

}  // namespace streamline::groups::classic
