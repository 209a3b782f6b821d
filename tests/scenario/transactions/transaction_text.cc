// One way to write each thing, so that a script's difference is a difference.
#include "scenario/transactions/transaction_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/assert.h"
#include "wire/messages/add_offsets_to_txn.h"
#include "wire/messages/end_txn.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/transaction_log_key.h"
#include "wire/reader.h"
#include "wire/record_codec.h"

namespace streamline::scenario {

using transactions::Answer;
using transactions::Partitions;
using transactions::Producer;
using transactions::Transaction;
using wire::ErrorCode;

namespace {

std::string text_of(const Producer& producer) { return fmt::format("{}/{}", producer.id.value, producer.epoch); }

std::string text_of(const Partitions& partitions) {
  std::string text;
  for (const auto& topic : partitions.topics()) text += fmt::format(" {}/{}", topic.topic, fmt::join(topic.partitions, ","));
  return text;
}

template <class Response>
Response decoded(const Answer& answer, Arena& arena) {
  wire::Reader in(answer.body);
  auto response = Response::decode(in, answer.version, arena);
  SL_ASSERT(response.has_value());
  return *response;
}

}  // namespace

ErrorCode error_in(const Answer& answer) {
  Arena arena;
  switch (answer.api) {
    case wire::ApiKey::init_producer_id: return ErrorCode(decoded<wire::InitProducerIdResponse>(answer, arena).error_code);
    case wire::ApiKey::end_txn: return ErrorCode(decoded<wire::EndTxnResponse>(answer, arena).error_code);
    default: return ErrorCode(decoded<wire::AddOffsetsToTxnResponse>(answer, arena).error_code);
  }
}

std::optional<Producer> producer_in(const Answer& answer) {
  Arena arena;
  Producer producer;
  if (answer.api == wire::ApiKey::init_producer_id) {
    const auto response = decoded<wire::InitProducerIdResponse>(answer, arena);
    producer = {.id = ProducerId(response.producer_id), .epoch = response.producer_epoch};
  } else if (answer.api == wire::ApiKey::end_txn) {
    const auto response = decoded<wire::EndTxnResponse>(answer, arena);
    producer = {.id = ProducerId(response.producer_id), .epoch = response.producer_epoch};
  }
  if (producer.id == kNoProducerId) return std::nullopt;
  return producer;
}

std::string line_of(const TransactionWorld& world, const Answer& answer) {
  const std::string& client = world.client_of(answer.ticket);
  const std::string_view error = wire::to_string(error_in(answer));
  const auto producer = producer_in(answer);
  switch (answer.api) {
    case wire::ApiKey::init_producer_id:
      return producer ? fmt::format("{} has {}", client, text_of(*producer)) : fmt::format("{} init {}", client, error);
    case wire::ApiKey::end_txn:
      return producer ? fmt::format("{} ended {} {}", client, error, text_of(*producer)) : fmt::format("{} ended {}", client, error);
    default: return fmt::format("{} offsets {}", client, error);
  }
}

std::string line_of(const transactions::MarkerOrder& order) {
  const std::string_view outcome = order.outcome == transactions::Outcome::commit ? "commit" : "abort";
  const std::string_view protocol = order.protocol == transactions::Protocol::bumping ? " bumped" : "";
  const std::string epoch = order.coordinator_epoch == 0 ? "" : fmt::format(" by={}", order.coordinator_epoch);
  return fmt::format("! {} {} {} {}{}{}{}", order.number, outcome, order.transactional_id, text_of(order.producer),
                     text_of(order.partitions), protocol, epoch);
}

std::string line_of(std::string_view id, const Transaction& transaction) {
  std::string text =
      fmt::format("{} {} {}{}", id, name_of(transaction.state), text_of(transaction.producer), text_of(transaction.partitions));
  if (transaction.previous_producer_id != kNoProducerId) text += fmt::format(" was={}", transaction.previous_producer_id.value);
  if (transaction.next_producer_id != kNoProducerId) text += fmt::format(" next={}", transaction.next_producer_id.value);
  if (transaction.timeout_ms != 60'000) text += fmt::format(" timeout={}", transaction.timeout_ms);
  return text;
}

std::string line_of(const TransactionRecord& record) {
  Arena arena;
  const auto key = wire::decode_key<wire::TransactionLogKey>(record.key, arena);
  if (!key) return "? a record of another kind";
  if (!record.value) return fmt::format("- {}", key->transactional_id);
  const auto value = wire::decode_versioned<wire::TransactionLogValue>(*record.value, arena);
  if (!value) return "? a value that does not parse";
  const auto transaction = transactions::transaction_of(*value);
  return transaction ? "+ " + line_of(key->transactional_id, *transaction) : "? " + transaction.error().text;
}

std::string durable_text(const transactions::TransactionShard& shard) {
  std::string text;
  for (const auto& [id, entry] : shard.state().entries) {
    text += fmt::format("{} start={} update={} protocol={}\n", line_of(id, entry.transaction), entry.transaction.start_ms,
                        entry.transaction.last_update_ms, static_cast<int>(entry.transaction.protocol));
  }
  return text;
}

}  // namespace streamline::scenario
