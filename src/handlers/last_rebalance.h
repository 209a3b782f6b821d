// Behind each group that is described we tell why it last rebalanced (wire/last_rebalance.h), in versions that have tagged fields.
#pragma once

#include <span>

#include "base/arena.h"
#include "groups/rebalance_note.h"
#include "wire/last_rebalance.h"

namespace streamline::handlers {

/// `note` may be null: nothing is known then. Texts are copied into `arena`.
inline std::span<const wire::UnknownTag> tell_last_rebalance(const groups::RebalanceNote* note, Arena& arena) {
  if (note == nullptr) return {};
  return wire::tags_of({.reason = note->reason, .member_id = note->member_id, .began_ms = note->began_ms, .ended_ms = note->ended_ms},
                       arena);
}

}  // namespace streamline::handlers
