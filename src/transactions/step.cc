// Records in, state changed: in one place.
#include "transactions/step.h"

#include <algorithm>

#include "base/assert.h"
#include "wire/record_codec.h"

namespace streamline::transactions {

namespace {

using wire::TransactionLogKey;
using wire::TransactionLogValue;

/// What a prepared record has beyond the open one: the tagged fields for the ids before and after, each a tag, a size and a number,
/// and their count.
constexpr std::size_t kSlackBytes = 64;

std::size_t record_bytes(const TransactionLogKey& key, const TransactionLogValue& value) {
  return wire::prefixed_size(key, TransactionLogKey::kMaxVersion) + wire::prefixed_size(value, TransactionLogValue::kMaxVersion);
}

void forget_deadline(ShardState& state, std::string_view id, Entry& entry) {
  if (!entry.deadline_ms) return;
  state.deadlines.erase({*entry.deadline_ms, id});
  entry.deadline_ms.reset();
}

}  // namespace

Status apply(ShardState& state, const TransactionLogKey& key, const TransactionLogValue* value) {
  const auto found = state.entries.find(key.transactional_id);
  if (value == nullptr) {
    if (found == state.entries.end()) return {};
    forget_deadline(state, found->first, found->second);
    state.entries.erase(found);
    return {};
  }
  auto transaction = transaction_of(*value);
  if (!transaction) return fail(transaction.error().code, transaction.error().text);
  Entry& entry = found == state.entries.end() ? state.entries[std::string(key.transactional_id)] : found->second;
  entry.transaction = std::move(*transaction);
  return {};
}

bool Step::fits(std::string_view id, const Transaction& next) {
  return record_bytes({.transactional_id = id}, logged(next, arena)) + kSlackBytes <= state.options.max_record_bytes;
}

Entry& Step::put(std::string_view id, const Transaction& next) {
  const Entry* before = state.find(id);
  SL_ASSERT(before != nullptr ? may_follow(before->transaction.state, next.state) : next.state == State::empty);
  const TransactionLogKey key{.transactional_id = id};
  const TransactionLogValue value = logged(next, arena);
  const std::size_t key_bytes = wire::prefixed_size(key, TransactionLogKey::kMaxVersion);
  const std::size_t value_bytes = wire::prefixed_size(value, TransactionLogValue::kMaxVersion);
  const MutableBytes place = effects.records.add(key_bytes, value_bytes);
  wire::Writer out(place);
  wire::encode_prefixed(out, TransactionLogKey::kRecordType, key, TransactionLogKey::kMaxVersion);
  wire::encode_prefixed(out, TransactionLogValue::kMaxVersion, value, TransactionLogValue::kMaxVersion);
  const Status applied = apply(state, key, &value);
  SL_ASSERT(applied.has_value());
  watch(id);
  return *state.find(id);
}

void Step::erase(std::string_view id) {
  const Entry* before = state.find(id);
  SL_ASSERT(before != nullptr && may_follow(before->transaction.state, State::dead));
  const TransactionLogKey key{.transactional_id = id};
  const MutableBytes place = effects.records.add(wire::prefixed_size(key, TransactionLogKey::kMaxVersion), std::nullopt);
  wire::Writer out(place);
  wire::encode_prefixed(out, TransactionLogKey::kRecordType, key, TransactionLogKey::kMaxVersion);
  const Status applied = apply(state, key, nullptr);
  SL_ASSERT(applied.has_value());
}

void Step::watch(std::string_view id) {
  const auto found = state.entries.find(id);
  Entry& entry = found->second;
  const Transaction& transaction = entry.transaction;
  if (transaction.state != State::ongoing) return forget_deadline(state, found->first, entry);
  if (entry.deadline_ms) return;
  // Neither a clock that was set anew nor a strange record makes the time longer than what the producer asked for.
  const std::int64_t timeout_ms = std::max(transaction.timeout_ms, 0);
  const std::int64_t open_ms = now.wall_ms - std::clamp<std::int64_t>(transaction.start_ms, 0, now.wall_ms);
  entry.deadline_ms = now.monotonic_ms + std::max<std::int64_t>(timeout_ms - open_ms, 0);
  state.deadlines.emplace(*entry.deadline_ms, found->first);
}

}  // namespace streamline::transactions
