// There is one kind of record.
#include "transactions/replay.h"

#include "transactions/step.h"
#include "wire/record_codec.h"

namespace streamline::transactions {

Status replay(ShardState& state, ByteView key_bytes, std::optional<ByteView> value_bytes, Arena& arena) {
  const auto key = wire::decode_key<wire::TransactionLogKey>(key_bytes, arena);
  if (!key) return fail(key.error().code, key.error().text);
  if (!value_bytes) return apply(state, *key, nullptr);
  const auto value = wire::decode_versioned<wire::TransactionLogValue>(*value_bytes, arena);
  if (!value) return fail(value.error().code, value.error().text);
  return apply(state, *key, &*value);
}

}  // namespace streamline::transactions
