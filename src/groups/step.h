// Step: one operation under way. It is the only way to a record: put() and erase() add it to the effects and replay it into
// the state at once, by the same apply() that loading uses.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include "base/arena.h"
#include "groups/effects.h"
#include "groups/shard_state.h"
#include "wire/messages/group_metadata_key.h"
#include "wire/messages/group_metadata_value.h"
#include "wire/messages/offset_commit_key.h"
#include "wire/messages/offset_commit_value.h"
#include "wire/record_codec.h"

namespace streamline::groups {

/// Replays one record into the state; a null value is a tombstone. One overload per kind of record, each in the folder of its
/// protocol; replay.cc calls the same ones for what it decodes. They change state and never write or answer.
void apply(ShardState& state, const wire::OffsetCommitKey& key, const wire::OffsetCommitValue* value);
void apply(ShardState& state, const wire::GroupMetadataKey& key, const wire::GroupMetadataValue* value);
/// An offset that `producer` committed in a transaction which is open.
void apply_pending(ShardState& state, const wire::OffsetCommitKey& key, const wire::OffsetCommitValue& value, ProducerId producer);
/// The marker that ends it.
void apply_end(ShardState& state, ProducerId producer, TransactionEnd end);

struct Step {
  ShardState& state;
  Effects& effects;
  Now now{};
  /// For the length of the operation.
  Arena& arena;

  template <class Key, class Value>
  void put(const Key& key, const Value& value, std::int16_t value_version) {
    write(key, value, value_version, {});
    apply(state, key, &value);
  }
  /// A commit in the transaction of `writer`: it counts once that has ended well.
  void put_pending(const wire::OffsetCommitKey& key, const wire::OffsetCommitValue& value, std::int16_t value_version,
                   const coordinator::TransactionalWriter& writer) {
    write(key, value, value_version, writer);
    apply_pending(state, key, value, writer.id);
  }
  template <class Key>
  void erase(const Key& key);

 private:
  template <class Key, class Value>
  void write(const Key& key, const Value& value, std::int16_t value_version, const coordinator::TransactionalWriter& writer) {
    const std::size_t key_bytes = wire::prefixed_size(key, Key::kMaxVersion);
    const std::size_t value_bytes = wire::prefixed_size(value, value_version);
    const MutableBytes place = effects.records.add(key_bytes, value_bytes, writer);
    write_key(key, place.first(key_bytes));
    wire::Writer out(place.subspan(key_bytes));
    wire::encode_prefixed(out, value_version, value, value_version);
  }
  template <class Key>
  static void write_key(const Key& key, MutableBytes place) {
    wire::Writer out(place);
    wire::encode_prefixed(out, Key::kRecordType, key, Key::kMaxVersion);
  }
};

/// The record of which a key's tombstone is one: each key has its value's type.
template <class Key>
struct ValueOf;
template <>
struct ValueOf<wire::OffsetCommitKey> {
  using Type = wire::OffsetCommitValue;
};
template <>
struct ValueOf<wire::GroupMetadataKey> {
  using Type = wire::GroupMetadataValue;
};

template <class Key>
void Step::erase(const Key& key) {
  const std::size_t key_bytes = wire::prefixed_size(key, Key::kMaxVersion);
  write_key(key, effects.records.add(key_bytes, std::nullopt));
  apply(state, key, static_cast<const typename ValueOf<Key>::Type*>(nullptr));
}

}  // namespace streamline::groups
