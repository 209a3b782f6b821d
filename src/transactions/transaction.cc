// Partitions of a transaction, and transactions as records.
#include "transactions/transaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace streamline::transactions {

namespace {

bool is_before(const TopicPartitions& topic, std::string_view name) { return topic.topic < name; }

}  // namespace

std::size_t Partitions::count() const {
  std::size_t count = 0;
  for (const TopicPartitions& topic : topics_) count += topic.partitions.size();
  return count;
}

bool Partitions::contains(std::string_view topic, std::int32_t partition) const {
  const auto found = std::lower_bound(topics_.begin(), topics_.end(), topic, is_before);
  return found != topics_.end() && found->topic == topic &&
         std::binary_search(found->partitions.begin(), found->partitions.end(), partition);
}

void Partitions::add(std::string_view topic, std::int32_t partition) {
  auto found = std::lower_bound(topics_.begin(), topics_.end(), topic, is_before);
  if (found == topics_.end() || found->topic != topic) found = topics_.insert(found, {.topic = std::string(topic), .partitions = {}});
  std::vector<std::int32_t>& partitions = found->partitions;
  const auto place = std::lower_bound(partitions.begin(), partitions.end(), partition);
  if (place == partitions.end() || *place != partition) partitions.insert(place, partition);
}

bool Transaction::was_held_by(const Producer& asker) const {
  if (previous_producer_id == kNoProducerId || asker.id != previous_producer_id) return false;
  if (previous_producer_id == producer.id) return asker.epoch + 1 == producer.epoch;
  return asker.epoch == kLastEpoch;
}

wire::TransactionLogValue logged(const Transaction& transaction, Arena& arena) {
  wire::TransactionLogValue value;
  value.producer_id = transaction.producer.id.value;
  value.producer_epoch = transaction.producer.epoch;
  value.previous_producer_id = transaction.previous_producer_id.value;
  value.next_producer_id = transaction.next_producer_id.value;
  value.transaction_timeout_ms = transaction.timeout_ms;
  value.transaction_status = static_cast<std::int8_t>(transaction.state);
  value.transaction_last_update_timestamp_ms = transaction.last_update_ms;
  value.transaction_start_timestamp_ms = transaction.start_ms;
  value.client_transaction_version = static_cast<std::int16_t>(transaction.protocol);
  if (transaction.state == State::empty) {
    value.transaction_partitions.reset();
    return value;
  }
  const auto topics = transaction.partitions.topics();
  const auto schemas = arena.make_array<wire::TransactionLogValue::PartitionsSchema>(topics.size());
  for (std::size_t i = 0; i < topics.size(); ++i) {
    schemas[i].topic = topics[i].topic;
    schemas[i].partition_ids = arena.make_array<std::int32_t>(topics[i].partitions.size());
    std::copy(topics[i].partitions.begin(), topics[i].partitions.end(), schemas[i].partition_ids.begin());
  }
  value.transaction_partitions = schemas;
  return value;
}

Result<Transaction> transaction_of(const wire::TransactionLogValue& value) {
  const auto state = logged_state(value.transaction_status);
  if (!state) return fail(Errc::malformed, fmt::format("a transaction in state {}, which there is not", value.transaction_status));
  Transaction transaction;
  transaction.state = *state;
  transaction.protocol = value.client_transaction_version >= 2 ? Protocol::bumping : Protocol::classic;
  transaction.producer = {.id = ProducerId(value.producer_id), .epoch = value.producer_epoch};
  transaction.previous_producer_id = ProducerId(value.previous_producer_id);
  transaction.next_producer_id = ProducerId(value.next_producer_id);
  transaction.timeout_ms = value.transaction_timeout_ms;
  transaction.start_ms = value.transaction_start_timestamp_ms;
  transaction.last_update_ms = value.transaction_last_update_timestamp_ms;
  // Only what is open or being ended has partitions.
  if (!value.transaction_partitions || *state == State::empty || is_complete(*state)) return transaction;
  for (const auto& topic : *value.transaction_partitions) {
    for (const std::int32_t partition : topic.partition_ids) transaction.partitions.add(topic.topic, partition);
  }
  return transaction;
}

}  // namespace streamline::transactions
