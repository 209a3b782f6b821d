// How transactions end: the decision, the markers it orders, and what follows when they are written (rules 57, 66 to 68).
#pragma once

#include <cstdint>
#include <string_view>

#include "transactions/step.h"
#include "wire/messages/end_txn.h"

namespace streamline::transactions {

/// EndTxn. It is answered when every marker is written, or at once with what is wrong.
void end_transaction(Step& step, const wire::EndTxnRequest& request, const Call& call);

/// Aborts the open transaction of `id` against its producer's will, whose epoch is over with that. An error: nothing was changed,
/// and it may be tried again.
wire::ErrorCode fence(Step& step, std::string_view id);

/// Every partition of the order has its marker. Nothing happens when that order is not the one under way.
void markers_written(Step& step, std::string_view id, std::uint64_t order);

/// After loading: has what was decided carried out, and what is open watched.
void resume(Step& step, std::string_view id);

}  // namespace streamline::transactions
