// The one list of the kinds of records that are understood.
#include "groups/replay.h"

#include <fmt/format.h>

#include "groups/classic/classic_group.h"
#include "groups/consumer/records.h"
#include "groups/step.h"
#include "wire/messages/legacy_offset_commit_key.h"

namespace streamline::groups {

namespace {

template <class Key>
Status replay_as(ShardState& state, ByteView key_bytes, std::optional<ByteView> value_bytes, Arena& arena) {
  const auto key = wire::decode_key<Key>(key_bytes, arena);
  if (!key) return fail(key.error().code, key.error().text);
  using Value = typename ValueOf<Key>::Type;
  if (!value_bytes) {
    apply(state, *key, static_cast<const Value*>(nullptr));
    return {};
  }
  const auto value = wire::decode_versioned<Value>(*value_bytes, arena);
  if (!value) return fail(value.error().code, value.error().text);
  apply(state, *key, &*value);
  return {};
}

/// Of brokers before 0.9; the value is an OffsetCommitValue of version 0 or 1.
Status replay_legacy(ShardState& state, ByteView key_bytes, std::optional<ByteView> value_bytes, Arena& arena) {
  const auto legacy = wire::decode_key<wire::LegacyOffsetCommitKey>(key_bytes, arena);
  if (!legacy) return fail(legacy.error().code, legacy.error().text);
  const wire::OffsetCommitKey key{.group = legacy->group, .topic = legacy->topic, .partition = legacy->partition};
  return replay_as<wire::OffsetCommitKey>(state, wire::encode_key(key), value_bytes, arena);
}

Status replay_pending(ShardState& state, ByteView key_bytes, ByteView value_bytes, ProducerId producer, Arena& arena) {
  const auto key = wire::decode_key<wire::OffsetCommitKey>(key_bytes, arena);
  if (!key) return fail(key.error().code, key.error().text);
  const auto value = wire::decode_versioned<wire::OffsetCommitValue>(value_bytes, arena);
  if (!value) return fail(value.error().code, value.error().text);
  apply_pending(state, *key, *value, producer);
  return {};
}

CommittedOffset offset_of(const wire::OffsetCommitValue& value) {
  return {.offset = value.offset,
          .commit_ms = value.commit_timestamp,
          .expire_ms = value.expire_timestamp,
          .topic_id = value.topic_id,
          .leader_epoch = value.leader_epoch,
          .metadata = std::string(value.metadata)};
}

/// Offsets may be all that there is of a group.
void ensure_group(ShardState& state, std::string_view group) {
  if (state.find(group) == nullptr) state.insert(std::make_unique<ClassicGroup>(std::string(group)));
}

}  // namespace

Status replay(ShardState& state, ByteView key, std::optional<ByteView> value, ProducerId producer, Arena& arena) {
  const auto kind = wire::decode_prefix(key);
  if (!kind) return fail(kind.error().code, kind.error().text);
  switch (*kind) {
    case wire::LegacyOffsetCommitKey::kRecordType: return replay_legacy(state, key, value, arena);
    case wire::OffsetCommitKey::kRecordType:
      // A tombstone counts at once, whoever wrote it.
      if (producer != kNoProducerId && value) return replay_pending(state, key, *value, producer, arena);
      return replay_as<wire::OffsetCommitKey>(state, key, value, arena);
    case wire::GroupMetadataKey::kRecordType: return replay_as<wire::GroupMetadataKey>(state, key, value, arena);
    case wire::ConsumerGroupMetadataKey::kRecordType: return replay_as<wire::ConsumerGroupMetadataKey>(state, key, value, arena);
    case wire::ConsumerGroupPartitionMetadataKey::kRecordType:
      return replay_as<wire::ConsumerGroupPartitionMetadataKey>(state, key, value, arena);
    case wire::ConsumerGroupMemberMetadataKey::kRecordType:
      return replay_as<wire::ConsumerGroupMemberMetadataKey>(state, key, value, arena);
    case wire::ConsumerGroupTargetAssignmentMetadataKey::kRecordType:
      return replay_as<wire::ConsumerGroupTargetAssignmentMetadataKey>(state, key, value, arena);
    case wire::ConsumerGroupTargetAssignmentMemberKey::kRecordType:
      return replay_as<wire::ConsumerGroupTargetAssignmentMemberKey>(state, key, value, arena);
    case wire::ConsumerGroupCurrentMemberAssignmentKey::kRecordType:
      return replay_as<wire::ConsumerGroupCurrentMemberAssignmentKey>(state, key, value, arena);
    case wire::ConsumerGroupRegularExpressionKey::kRecordType:
      return replay_as<wire::ConsumerGroupRegularExpressionKey>(state, key, value, arena);
    default: return fail(Errc::unsupported, fmt::format("a record of kind {}, which no group here has", *kind));
  }
}

void apply(ShardState& state, const wire::OffsetCommitKey& key, const wire::OffsetCommitValue* value) {
  const OffsetPlaceView place{.group = key.group, .topic = key.topic, .partition = key.partition};
  if (value == nullptr) {
    state.pending.remove(place);
    return state.offsets.remove(key.group, key.topic, key.partition);
  }
  ensure_group(state, key.group);
  state.pending.overtake(place);
  state.offsets.set(key.group, key.topic, key.partition, offset_of(*value));
}

void apply_pending(ShardState& state, const wire::OffsetCommitKey& key, const wire::OffsetCommitValue& value, ProducerId producer) {
  ensure_group(state, key.group);
  state.pending.set(producer, {.group = key.group, .topic = key.topic, .partition = key.partition}, offset_of(value));
}

void apply_end(ShardState& state, ProducerId producer, TransactionEnd end) {
  for (PendingOffsets::Ended& ended : state.pending.end(producer, end)) {
    state.offsets.set(ended.place.group, ended.place.topic, ended.place.partition, std::move(ended.offset));
  }
}

}  // namespace streamline::groups
