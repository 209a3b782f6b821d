// The way of one order: markers are written, then durable, then told of.
#include "broker/coordinator/marker_writer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "broker/broker.h"
#include "broker/coordinator/transaction_partition.h"
#include "broker/shard.h"
#include "broker/topic_partitions.h"

namespace streamline::broker {

namespace {

/// Waits between attempts at what failed grow from the first to the second.
constexpr std::int64_t kFirstRetryMs = 100;
constexpr std::int64_t kLastRetryMs = 10'000;
/// Markers that one order writes in one turn: others have a right to the reactor too.
constexpr std::size_t kMarkersPerTurn = 256;

record::EndMarker marker_of(const transactions::MarkerOrder& order) {
  return {.producer_id = order.producer.id,
          .producer_epoch = order.producer.epoch,
          .end = order.outcome == transactions::Outcome::commit ? record::TransactionEnd::commit : record::TransactionEnd::abort,
          .coordinator_epoch = order.coordinator_epoch};
}

}  // namespace

MarkerWriter::Target::Target(Job& job, std::shared_ptr<Partition> to) : partition(std::move(to)), job_(job) {}

void MarkerWriter::Target::on_progress(std::int64_t) { job_.wake(); }

MarkerWriter::Job::Job(MarkerWriter& writer, TransactionPartition& home, std::uint64_t life, transactions::MarkerOrder order)
    : writer_(writer), home_(home), life_(life), order_(std::move(order)) {
  const catalog::TopicMap& topics = writer.shard_.topics();
  for (const auto& [name, partitions] : order_.partitions.topics()) {
    const catalog::Topic* topic = topics.find(name);
    // What is gone counts as written.
    if (topic == nullptr) continue;
    for (const std::int32_t index : partitions) {
      if (Partition* partition = find_partition(*topic, index)) {
        targets_.push_back(std::make_unique<Target>(*this, partition->shared_from_this()));
      }
    }
  }
}

void MarkerWriter::Job::wake() {
  if (queued_) return;
  queued_ = true;
  writer_.ready_.push_back(this);
}

bool MarkerWriter::Job::step() {
  queued_ = false;
  // While it is scheduled, what is not written waits for its time.
  const bool may_write = !timer_.is_scheduled();
  std::size_t tried = 0;
  for (const auto& target : targets_) {
    if (target->state == Target::State::written) look(*target);
    if (target->state != Target::State::unwritten || !may_write) continue;
    if (tried++ == kMarkersPerTurn) {
      if (!timer_.is_scheduled()) writer_.shard_.reactor().schedule_in(timer_, 0);
      break;
    }
    if (!write(*target)) return true;
  }
  std::erase_if(targets_, [](const auto& target) { return target->state == Target::State::done; });
  if (!targets_.empty()) return false;
  home_.markers_written(life_, order_.transactional_id, order_.number, writer_.shard_.desk().now());
  return true;
}

/// False when the order is void.
bool MarkerWriter::Job::write(Target& target) {
  Shard& shard = writer_.shard_;
  const auto outcome = home_.write_marker(life_, *target.partition, marker_of(order_), shard);
  if (!outcome) return false;
  if (!outcome->error) {
    target.state = Target::State::written;
    target.offset = outcome->offset;
    target.generation = outcome->generation;
    look(target);
    return true;
  }
  const PartitionId& id = target.partition->id();
  const Errc error = *outcome->error;
  if (error == Errc::closed || error == Errc::coordinator_fenced || error == Errc::invalid_producer_epoch) {
    // Somebody newer has ended this one, or there is nothing left to end.
    if (error != Errc::closed) {
      log::warn("transactions", "a marker came too late topic={} partition={} producer={} epoch={} cause={}", id.topic, id.index,
                order_.producer.id.value, order_.producer.epoch, to_string(error));
    }
    target.state = Target::State::done;
    return true;
  }
  if (retry_ms_ == 0) {
    log::error("transactions", "a marker cannot be written, it is tried again topic={} partition={} producer={} cause={}", id.topic,
               id.index, order_.producer.id.value, to_string(error));
  }
  try_later();
  return true;
}

/// Whether what was written is durable, or lost with its log.
void MarkerWriter::Job::look(Target& target) {
  const storage::Log& log = target.partition->log();
  const bool is_visible = log.high_watermark() > target.offset;
  // Read after the watermark: one of this generation is the marker's own.
  const bool is_lost = log.is_stopped() || log.generation() != target.generation;
  if (target.partition->closed() || (is_visible && log.generation() == target.generation)) {
    target.state = Target::State::done;
    target.unlink();
    return;
  }
  if (is_lost) {
    // It may be there after all: a second one ends nothing more.
    target.state = Target::State::unwritten;
    target.unlink();
    return try_later();
  }
  if (target.linked()) return;
  writer_.shard_.waiters().add(*target.partition, target);
  // The sync may have ended between the look and the listening.
  target.on_progress(0);
}

void MarkerWriter::Job::try_later() {
  if (timer_.is_scheduled()) return;
  retry_ms_ = retry_ms_ == 0 ? kFirstRetryMs : std::min(retry_ms_ * 2, kLastRetryMs);
  writer_.shard_.reactor().schedule_in(timer_, retry_ms_);
}

MarkerWriter::MarkerWriter(Shard& shard) : shard_(shard) {}

MarkerWriter::~MarkerWriter() = default;

void MarkerWriter::begin(TransactionPartition& home, std::uint64_t life, transactions::MarkerOrder order) {
  Job& job = jobs_.emplace_back(*this, home, life, std::move(order));
  job.place = std::prev(jobs_.end());
  job.wake();
}

bool MarkerWriter::run() {
  bool has_told = false;
  // By index: a step may wake others, or itself.
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    Job* job = ready_[i];
    if (job == nullptr || !job->step()) continue;
    std::replace(ready_.begin() + static_cast<std::ptrdiff_t>(i), ready_.end(), job, static_cast<Job*>(nullptr));
    shard_.desk().touch(job->home());
    jobs_.erase(job->place);
    has_told = true;
  }
  ready_.clear();
  return has_told;
}

void MarkerWriter::shut_down() {
  ready_.clear();
  jobs_.clear();
}

}  // namespace streamline::broker
