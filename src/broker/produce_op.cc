// The life of a Produce request after its checks, and its response.
#include "broker/produce_op.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "broker/append_stage.h"
#include "broker/broker.h"
#include "broker/partition.h"
#include "broker/response_header.h"
#include "broker/shard.h"
#include "net/connection.h"
#include "wire/messages/produce.h"

namespace streamline::broker {

using Message = wire::ProduceResponse;

void ProduceOp::start(net::Slot slot, const wire::RequestHeader& header, std::int16_t acks, std::int32_t timeout_ms,
                      std::size_t partitions) {
  slot_ = slot;
  version_ = header.api_version;
  correlation_id_ = header.correlation_id;
  acks_ = acks;
  timeout_ms_ = timeout_ms;
  SL_ASSERT(partitions <= wire::Reader::kMaxArrayBytes);  // each takes more than a byte of the request's arrays
  if (partitions > part_capacity_) {
    parts_ = std::make_unique<Part[]>(partitions);
    part_capacity_ = partitions;
  }
}

void ProduceOp::begin_topic(std::string_view name, const TopicId& id) {
  topics_.push_back({.name = name, .id = id, .first = part_count_, .count = 0});
}

ProduceOp::Part& ProduceOp::add_part(std::int32_t index) {
  Part& part = parts_[part_count_++];
  part.op_ = this;
  part.index = index;
  ++topics_.back().count;
  return part;
}

void ProduceOp::verify(Part& part, const Transactional& data, const VerificationRequest& request) {
  part.partition_ = data.partition.shared_from_this();
  part.kept_batch_.assign(data.batch.begin(), data.batch.end());
  part.guard_ = data.guard;
  part.producer_id_ = request.producer_id;
  ++verifying_;
  shard_.broker().transaction_verifier()->verify(shard_, request, part);
}

void ProduceOp::Part::on_verified(wire::ErrorCode verdict, std::string_view text) { op_->verified(*this, verdict, text); }

void ProduceOp::verified(Part& part, wire::ErrorCode error, std::string_view text) {
  --verifying_;
  if (error == wire::ErrorCode::none) {
    shard_.appends().add(*part.partition_, part.kept_batch_, *this, part, part.guard_);
  } else {
    part.error = error;
    part.error_message = text;
    part.release_guard();
    if (detached_ && ready()) shard_.mark_ready(*this);
  }
}

void ProduceOp::Part::release_guard() {
  if (guard_) partition_->log().release_transaction_guard(producer_id_, *guard_);
  guard_.reset();
}

void ProduceOp::written(Part& part, const Written& written) {
  --unwritten_;
  part.release_guard();
  Partition& partition = written.partition;
  if (acks_ != -1 || part.error != wire::ErrorCode::none) return;
  const bool visible = partition.log().high_watermark() > written.last_offset;
  if (visible && partition.log().generation() == written.generation) return;
  part.partition_ = partition.shared_from_this();
  part.last_offset_ = written.last_offset;
  part.generation_ = written.generation;
  part.waiting_ = true;
  ++waiting_;
  shard_.waiters().add(partition, part);
  // The sync may have ended between the look and the listening.
  part.on_progress(0);
}

void ProduceOp::Part::on_progress(std::int64_t) {
  if (!waiting_) return;
  const storage::Log& log = partition_->log();
  const bool visible = log.high_watermark() > last_offset_;
  // Read after the watermark: one of this generation is the batch's own. In a later one its offset may be another record's.
  const bool failed = log.is_stopped() || log.generation() != generation_;
  if (visible && log.generation() == generation_) return op_->stop_waiting(*this);
  if (!failed && !partition_->closed()) return;
  error = failed ? wire::ErrorCode::kafka_storage_error : wire::ErrorCode::unknown_topic_or_partition;
  base_offset = kNoOffset;
  op_->stop_waiting(*this);
}

void ProduceOp::stop_waiting(Part& part) {
  part.unlink();
  part.waiting_ = false;
  --waiting_;
  if (!ready() || !detached_) return;
  timer_.cancel();  // answered once, also when the time is up in this very turn
  shard_.mark_ready(*this);
}

void ProduceOp::detach() {
  // What a coordinator has to say comes in any case.
  if (waiting_ > 0 && verifying_ == 0) shard_.reactor().schedule_in(timer_, std::max(timeout_ms_, 0));
  if (std::exchange(detached_, true)) return;
  std::size_t length = 0;
  for (const TopicParts& topic : topics_) length += topic.name.size();
  names_.clear();
  names_.reserve(length);
  for (TopicParts& topic : topics_) {
    const std::size_t at = names_.size();
    names_ += topic.name;
    topic.name = std::string_view(names_).substr(at);
  }
}

void ProduceOp::on_timeout(std::int64_t) {
  for (std::size_t i = 0; i < part_count_; ++i) {
    Part& part = parts_[i];
    if (!part.waiting_) continue;
    part.error = wire::ErrorCode::request_timed_out;
    part.unlink();
    part.waiting_ = false;
  }
  waiting_ = 0;
  answer();
}

void ProduceOp::answer() {
  if (net::Connection* connection = slot_.connection()) {
    if (acks_ != 0) {
      send_response();
    } else {
      connection->complete_silently(slot_);
      // Without a response this is the only way to tell the producer (kafka-rules 30).
      if (any_error()) connection->close("a produce request with acks=0 failed");
    }
  }
  reset();
  shard_.finish(*this);
}

bool ProduceOp::any_error() const {
  return std::any_of(parts_.get(), parts_.get() + part_count_, [](const Part& part) { return part.error != wire::ErrorCode::none; });
}

void ProduceOp::send_response() {
  Arena& arena = shard_.arena();
  auto topics = arena.make_array<Message::TopicProduceResponse>(topics_.size());
  auto partitions = arena.make_array<Message::PartitionProduceResponse>(part_count_);
  for (std::size_t t = 0; t < topics_.size(); ++t) {
    const TopicParts& from = topics_[t];
    topics[t].name = from.name;
    topics[t].topic_id = from.id;
    topics[t].partition_responses = partitions.subspan(from.first, from.count);
  }
  for (std::size_t p = 0; p < part_count_; ++p) {
    const Part& from = parts_[p];
    auto& to = partitions[p];
    to.index = from.index;
    // Versions before 4 do not know the storage error (kafka-rules 13).
    const bool unknown_there = version_ < 4 && from.error == wire::ErrorCode::kafka_storage_error;
    to.error_code = static_cast<std::int16_t>(unknown_there ? wire::ErrorCode::not_leader_or_follower : from.error);
    to.base_offset = from.base_offset.value;
    to.log_append_time_ms = from.append_time_ms;
    to.log_start_offset = from.log_start.value;
    if (!from.error_message.empty()) to.error_message = whole_characters(from.error_message, kMaxErrorText);
    to.record_errors = arena.make_array<Message::BatchIndexAndErrorMessage>(from.record_faults.size());
    for (std::size_t r = 0; r < from.record_faults.size(); ++r) {
      to.record_errors[r].batch_index = from.record_faults[r].batch_index;
      to.record_errors[r].batch_index_error_message = whole_characters(from.record_faults[r].text, kMaxErrorText);
    }
  }
  Message response;
  response.throttle_time_ms = static_cast<std::int32_t>(std::min<std::int64_t>(throttle_ms_, INT32_MAX));
  response.responses = topics;
  net::Connection& connection = *slot_.connection();
  const ResponsePrefix prefix(wire::ApiKey::produce, version_, correlation_id_);
  wire::Writer writer(connection.response(slot_).extend(prefix.size() + response.encoded_size(version_)));
  prefix.write(writer);
  response.encode(writer, version_);
  connection.complete(slot_);
}

void ProduceOp::reset() {
  timer_.cancel();
  for (std::size_t i = 0; i < part_count_; ++i) {
    Part& part = parts_[i];
    part.unlink();
    part.waiting_ = false;
    part.partition_.reset();
    if (!part.kept_batch_.empty()) part.kept_batch_ = {};
    part.guard_.reset();
    part.error = wire::ErrorCode::none;
    part.base_offset = part.log_start = kNoOffset;
    part.append_time_ms = -1;
    part.error_message.clear();
    part.record_faults.clear();
  }
  part_count_ = 0;
  throttle_ms_ = 0;
  unwritten_ = waiting_ = verifying_ = 0;
  detached_ = false;
  topics_.clear();
}

}  // namespace streamline::broker
