// What is the same for every kind of group, unless it says otherwise.
#include "groups/group.h"

namespace streamline::groups {

std::string_view to_string(GroupType type) { return type == GroupType::classic ? "classic" : "consumer"; }

wire::ErrorCode Group::check_commit_of(const Committer&, const TopicId&, std::int32_t) const { return wire::ErrorCode::none; }

}  // namespace streamline::groups
