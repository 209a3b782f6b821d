// Batches and sequences: what is sent where, and what is in flight.
#include "client/producer.h"

#include <fmt/format.h>

#include <random>
#include <utility>

#include "client/partitioner.h"
#include "client/producer_identity.h"

namespace streamline::client {

namespace {

/// A record's own fields beside key and value take less than this.
constexpr std::size_t kRecordOverhead = 64;
/// Of one producer a broker remembers this many batches a partition, by which it knows a repeated one.
constexpr std::size_t kMaxInFlight = 5;

std::size_t estimated_bytes(const record::NewRecord& record) {
  std::size_t bytes = kRecordOverhead;
  if (record.key) bytes += record.key->size();
  if (record.value) bytes += record.value->size();
  for (const record::HeaderView& header : record.headers) bytes += header.key.size() + (header.value ? header.value->size() : 0) + 10;
  return bytes;
}

}  // namespace

Status Producer::start() {
  if (started_) return {};
  auto topic = cluster_.topic(topic_, options_.missing_topic);
  if (!topic) return fail_with(std::move(topic));
  partitions_ = static_cast<std::int32_t>((*topic)->partitions.size());
  if (partitions_ == 0) return fail(Errc::not_found, fmt::format("topic '{}' has no partition", topic_));
  sticky_ = static_cast<std::int32_t>(std::random_device{}() % static_cast<unsigned>(partitions_));
  if (options_.acks == Acks::all) {
    auto identity = obtain_identity(cluster_, options_.transactional_id, options_.transaction_timeout);
    if (!identity) return fail_with(std::move(identity));
    producer_id_ = identity->id;
    producer_epoch_ = identity->epoch;
    // The coordinator's answer may have needed a fresh look at the brokers.
    if (auto again = cluster_.topic(topic_); !again) return fail_with(std::move(again));
  }
  started_ = true;
  return {};
}

Result<std::int32_t> Producer::choose(const record::NewRecord& record, std::optional<std::int32_t> partition) {
  if (!partition) return record.key ? partition_of_key(*record.key, partitions_) : sticky_;
  if (*partition >= 0 && *partition < partitions_) return *partition;
  return fail(Errc::not_found, fmt::format("topic '{}' has {} partitions and no partition {}", topic_, partitions_, *partition));
}

Status Producer::add(const record::NewRecord& record, std::optional<std::int32_t> partition) {
  if (auto begun = start(); !begun) return begun;
  auto chosen = choose(record, partition);
  if (!chosen) return fail_with(std::move(chosen));
  Lane& lane = lanes_[*chosen];
  if (lane.builder.count() > 0 && lane.builder.plain_bytes() + estimated_bytes(record) > options_.batch_bytes) {
    if (auto sent = send(*chosen, lane); !sent) return sent;
    // Records without a key fill one partition's batch, then the next one's.
    if (!partition && !record.key) return add(record);
  }
  lane.builder.add(record);
  return {};
}

Status Producer::flush() {
  for (auto& [partition, lane] : lanes_) {
    if (lane.builder.count() == 0) continue;
    if (auto sent = send(partition, lane); !sent) return sent;
  }
  return settle_all();
}

Status Producer::send(std::int32_t partition, Lane& lane) {
  record::BatchOptions batch_options;
  batch_options.codec = options_.codec;
  batch_options.level = options_.level;
  batch_options.transactional = is_transactional();
  if (producer_id_ != kNoProducerId) {
    batch_options.producer_id = producer_id_;
    batch_options.producer_epoch = producer_epoch_;
    batch_options.base_sequence = lane.next_sequence;
  }
  lane.builder.set_options(batch_options);
  Sent sent{.partition = partition, .count = lane.builder.count(), .batch = {}, .connection = nullptr};
  auto batch = lane.builder.finish();
  if (!batch) return fail_with(std::move(batch));
  sent.batch = *std::move(batch);
  if (auto joined = join_transaction(partition); !joined) return joined;
  lane.next_sequence = record::sequence_after(lane.next_sequence, sent.count);
  if (partition == sticky_) sticky_ = (sticky_ + 1) % partitions_;
  // Without a producer id a repeated batch would be written twice, and more than one would be repeated.
  return producer_id_ == kNoProducerId ? deliver(sent) : send_ahead(std::move(sent));
}

Status Producer::send_ahead(Sent sent) {
  while (in_flight_.size() >= kMaxInFlight) {
    if (auto settled = settle_one(); !settled) return settled;
  }
  auto leader = cluster_.leader_of(topic_, sent.partition);
  if (leader) {
    sent.connection = *leader;
    const Status sending = request(**leader, sent.partition, sent.batch);
    in_flight_.push_back(std::move(sent));
    return sending ? Status{} : send_again();
  }
  in_flight_.push_back(std::move(sent));
  return send_again();
}

Status Producer::settle_one() {
  const Sent& oldest = in_flight_.front();
  auto base_offset = answer_of(*oldest.connection, oldest.partition);
  if (!base_offset && base_offset.error().retriable) return send_again();
  if (!base_offset) {
    // What follows would be refused as well, and its answers must not be taken for others.
    for (const Sent& sent : in_flight_) cluster_.close(sent.connection);
    in_flight_.clear();
    return std::unexpected(std::move(base_offset).error().error);
  }
  account(oldest, *base_offset);
  in_flight_.pop_front();
  return {};
}

Status Producer::settle_all() {
  while (!in_flight_.empty()) {
    if (auto settled = settle_one(); !settled) return settled;
  }
  return {};
}

Status Producer::send_again() {
  const std::deque<Sent> again = std::exchange(in_flight_, {});
  for (const Sent& sent : again) cluster_.close(sent.connection);
  for (const Sent& sent : again) {
    if (auto delivered = deliver(sent); !delivered) return delivered;
  }
  return {};
}

Status Producer::deliver(const Sent& sent) {
  auto base_offset = cluster_.retry(topic_, [&] { return produce(sent.partition, sent.batch); });
  if (!base_offset) return fail_with(std::move(base_offset));
  account(sent, *base_offset);
  return {};
}

void Producer::account(const Sent& sent, Offset base_offset) {
  Delivery& delivery = deliveries_[sent.partition];
  delivery.records += sent.count;
  if (base_offset == kNoOffset) return;
  if (delivery.first_offset == kNoOffset) delivery.first_offset = base_offset;
  delivery.last_offset = base_offset + (sent.count - 1);
}

}  // namespace streamline::client
