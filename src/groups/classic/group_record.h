// GroupMetadata records: the durable part of a classic group, as Kafka writes it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/arena.h"
#include "base/bytes.h"
#include "groups/classic/classic_group.h"
#include "groups/step.h"

namespace streamline::groups {

/// The newest version without tagged fields, as Kafka's own coordinator writes it.
inline constexpr std::int16_t kGroupMetadataVersion = 3;

/// Views of `group` and of memory in `arena`. Members' assignments are those of the group; the caller may replace them.
wire::GroupMetadataValue record_of(const ClassicGroup& group, Arena& arena);

/// Whether key and value fit into Options::max_record_bytes.
bool fits(const Step& step, const ClassicGroup& group, const wire::GroupMetadataValue& value);

/// Writes and replays it.
void put(Step& step, const ClassicGroup& group, const wire::GroupMetadataValue& value);

}  // namespace streamline::groups
