// OffsetCommit, versions 0 to 10 (rule 108), for groups of every type.
#pragma once

#include "groups/call.h"
#include "groups/step.h"
#include "wire/messages/offset_commit.h"

namespace streamline::groups::offsets {

void commit(Step& step, const wire::OffsetCommitRequest& request, const Call& call);

}  // namespace streamline::groups::offsets
