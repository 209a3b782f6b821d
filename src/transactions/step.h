// Step: one operation under way. It is the only way to a record: put() and erase() add it to the effects and replay it into the
// state at once, by the same apply() that loading uses.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "transactions/effects.h"
#include "transactions/shard_state.h"
#include "wire/messages/transaction_log_key.h"
#include "wire/messages/transaction_log_value.h"

namespace streamline::transactions {

/// Replays one record into the state; a null value is a tombstone. Changes state and never writes or answers. Errc::malformed: the
/// value says what cannot be, and nothing was changed.
Status apply(ShardState& state, const wire::TransactionLogKey& key, const wire::TransactionLogValue* value);

struct Step {
  ShardState& state;
  Effects& effects;
  Now now{};
  /// For the length of the operation.
  Arena& arena;

  /// Whether `next` and all that can become of it fit into a record.
  bool fits(std::string_view id, const Transaction& next);
  /// The id is `next` from now on. The edge from what it was must be one of state.h; a new id begins in Empty.
  Entry& put(std::string_view id, const Transaction& next);
  /// Forgets the id, which has nothing open.
  void erase(std::string_view id);
  /// Has an open transaction aborted in time, and no other one.
  void watch(std::string_view id);
};

}  // namespace streamline::transactions
