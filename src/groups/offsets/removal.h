// Every way in which committed offsets, and pending ones with them, go away: deletion of offsets, groups and topics, and retention (rules
// 110, 111).
#pragma once

#include <functional>
#include <string_view>

#include "groups/call.h"
#include "groups/step.h"
#include "wire/messages/offset_delete.h"

namespace streamline::groups::offsets {

/// OffsetDelete.
void remove(Step& step, const wire::OffsetDeleteRequest& request, const Call& call);
/// Writes a tombstone for each offset of the group.
void remove_all(Step& step, std::string_view group);
/// Writes a tombstone for each offset of `group` that is past its retention and that no open transaction is about to change.
void remove_expired(Step& step, const Group& group);
/// Writes a tombstone for each offset committed for `topic` under `id` or without an id, in any group.
void remove_topic(Step& step, std::string_view topic, const TopicId& id);
/// The same for every topic that is there no more: a crash may have come between its deletion and ours.
void remove_orphans(Step& step);

}  // namespace streamline::groups::offsets
