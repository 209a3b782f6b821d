// OffsetCommit, versions 0 to 10, and TxnOffsetCommit, 0 to 5 (rules 69 and 108), for groups of every type.
#pragma once

#include "groups/call.h"
#include "groups/step.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/txn_offset_commit.h"

namespace streamline::groups::offsets {

void commit(Step& step, const wire::OffsetCommitRequest& request, const Call& call);

/// What it writes is pending until the marker of the producer's transaction comes. A member that commits so is not thereby alive.
void commit_in_transaction(Step& step, const wire::TxnOffsetCommitRequest& request, const Call& call);

}  // namespace streamline::groups::offsets
