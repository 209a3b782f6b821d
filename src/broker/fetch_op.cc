// Looking at partitions, waiting and ending the wait; the response is in fetch_response.cc.
#include "broker/fetch_op.h"

#include <algorithm>
#include <utility>

#include "broker/broker.h"
#include "broker/partition.h"
#include "broker/shard.h"
#include "broker/topic_partitions.h"
#include "broker/wire_error.h"

namespace streamline::broker {

namespace {

constexpr std::int16_t kFirstWithTotalLimit = 3;
constexpr std::int16_t kFirstWithBatches = 4;

}  // namespace

void FetchOp::start(net::Slot slot, const wire::RequestHeader& header, const FetchParameters& parameters) {
  slot_ = slot;
  version_ = header.api_version;
  correlation_id_ = header.correlation_id;
  parameters_ = parameters;
  session_ = &own_session_;
  is_metered_ = shard_.broker().quotas().is_active();
  if (is_metered_) metered_client_ = header.client_id.value_or("");
}

void FetchOp::run() { proceed(Cold::hand_over); }

void FetchOp::proceed(Cold cold) {
  if (shard_.draining()) cold = Cold::leave_out;
  const bool enough = look(cold);
  if (!cold_.empty()) return wait_for_disk();
  if (enough || parameters_.max_wait_ms <= 0 || session_->size() == 0 || shard_.draining()) return answer();
  park();
  // What arrived between look() and park() was not told.
  if (look(Cold::leave_out)) {
    queued_ = true;
    shard_.mark_ready(*this);
  }
  results_.clear();
}

/// Nothing else moves it meanwhile: neither progress nor the time that it would wait for news.
void FetchOp::wait_for_disk() {
  results_.clear();
  timer_.cancel();
  session_->parked = this;
  session_->start_waiting();
  ticket_ = shard_.cold_reads().start(*this, std::exchange(cold_, {}));
}

void FetchOp::on_warm() {
  ticket_ = 0;
  warm_ = true;
  queued_ = true;
  shard_.mark_ready(*this);
}

void FetchOp::park() {
  session_->parked = this;
  session_->start_waiting();
  shard_.reactor().schedule_in(timer_, parameters_.max_wait_ms);
}

void FetchOp::unpark() {
  timer_.cancel();
  if (session_->parked == this) session_->parked = nullptr;
  if (ticket_ != 0) shard_.cold_reads().forget(std::exchange(ticket_, 0));
  // It may be ready and run out of time, or lose its session, in one turn.
  if (std::exchange(queued_, false)) shard_.no_longer_ready(*this);
}

void FetchOp::on_progress(std::int64_t bytes) {
  bytes_ += bytes;
  if (queued_ || ticket_ != 0 || (bytes > 0 && bytes_ < parameters_.min_bytes)) return;
  queued_ = true;
  shard_.mark_ready(*this);
}

void FetchOp::look_again() {
  queued_ = false;
  if (std::exchange(warm_, false)) return proceed(Cold::read);
  const bool enough = look(Cold::hand_over);
  if (!cold_.empty()) return wait_for_disk();
  if (enough) return answer();
  results_.clear();
}

void FetchOp::answer_now() {
  look(Cold::leave_out);
  answer();
}

void FetchOp::on_timeout(std::int64_t) { answer_now(); }

bool FetchOp::look(Cold cold) {
  results_.clear();
  cold_.clear();
  bytes_ = 0;
  bool reason = false;
  FetchEntry* entry = session_->first_dirty();
  for (std::size_t left = session_->size(); entry != nullptr && left > 0; --left) {
    FetchEntry* following = session_->next_dirty(*entry);
    const std::int64_t room = parameters_.max_bytes - bytes_;
    if (room <= 0 && !parameters_.full) break;
    Result result = examine(*entry, room, cold);
    bytes_ += static_cast<std::int64_t>(result.plan.total_bytes());
    reason = reason || result.error != wire::ErrorCode::none || result.diverging.epoch.value >= 0;
    if (parameters_.full || has_news(result)) {
      results_.push_back(std::move(result));
    } else if (!result.left_out) {
      session_->clean(*entry);
    }
    entry = following;
  }
  return reason || bytes_ >= parameters_.min_bytes;
}

bool FetchOp::has_news(const Result& result) const {
  return result.error != wire::ErrorCode::none || result.diverging.epoch.value >= 0 || !result.plan.empty() ||
         result.high_watermark != result.entry->sent_high_watermark || result.log_start != result.entry->sent_log_start ||
         result.last_stable != result.entry->sent_last_stable;
}

FetchOp::Result FetchOp::examine(FetchEntry& entry, std::int64_t room, Cold cold) {
  Result result;
  result.entry = &entry;
  entry.held_back_at = kNoOffset;
  session_->resolve(entry);
  const FetchTarget& target = entry.target;
  if (entry.partition == nullptr) {
    result.error = target.topic_name.empty() && entry.topic == nullptr ? wire::ErrorCode::unknown_topic_id
                                                                       : wire::ErrorCode::unknown_topic_or_partition;
    return result;
  }
  const storage::Log& log = entry.partition->log();
  result.error = epoch_error(target.current_leader_epoch, log.leader_epoch());
  if (result.error != wire::ErrorCode::none) return result;
  const auto& options = partitions_of(*entry.topic).options;
  if (version_ < 10 && options.codec == config::TopicCodec::zstd) {
    result.error = wire::ErrorCode::unsupported_compression_type;
    return result;
  }
  read(entry, room, cold, result);
  return result;
}

/// Nothing is told of a log that the client asks outside of (kafka-rules 14.19).
void FetchOp::out_of_range(Result& result) {
  result.error = wire::ErrorCode::offset_out_of_range;
  result.high_watermark = result.last_stable = result.log_start = kNoOffset;
}

void FetchOp::read(FetchEntry& entry, std::int64_t room, Cold cold, Result& result) {
  const FetchTarget& target = entry.target;
  const storage::Log& log = entry.partition->log();
  // The watermark first: read later it could show more than the range check below has seen.
  result.high_watermark = log.high_watermark();
  result.last_stable = std::min(log.last_stable(), result.high_watermark);
  const bool is_held_back = parameters_.read_committed && result.last_stable < result.high_watermark;
  entry.held_back_at = is_held_back ? result.last_stable : kNoOffset;
  result.log_start = log.log_start();
  if (target.last_fetched_epoch.value >= 0 && target.last_fetched_epoch != log.leader_epoch()) {
    const auto end = log.end_offset_for_epoch(target.last_fetched_epoch);
    if (end.epoch.value < 0) return out_of_range(result);
    if (end.epoch != target.last_fetched_epoch || end.end_offset < target.fetch_offset) {
      result.diverging = end;
      return;
    }
  }
  if (target.fetch_offset < result.log_start || target.fetch_offset > log.log_end()) return out_of_range(result);
  const Offset up_to = readable_end(result);
  const std::int64_t most_bytes = std::min<std::int64_t>(room, target.max_bytes);
  if (target.fetch_offset >= up_to || (most_bytes <= 0 && bytes_ > 0)) return;
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(most_bytes, 0));
  if (cold != Cold::read && log.is_cold(target.fetch_offset, most, entry.cursor)) {
    result.left_out = true;
    if (cold == Cold::leave_out) return;
    cold_.push_back({.partition = entry.partition, .from = target.fetch_offset, .up_to = up_to, .max_bytes = most});
    bytes_ += most_bytes;  // for the others' room only: all is looked at again afterwards
    return;
  }
  // Before version 3 each partition shows a part of what is too large for it, so that the client learns of it (kafka-rules 75).
  const bool one_is_due = bytes_ == 0 || version_ < kFirstWithTotalLimit;
  const auto min_one = one_is_due ? storage::MinOneBatch::yes : storage::MinOneBatch::no;
  auto plan = log.read(target.fetch_offset, up_to, most, min_one, entry.cursor);
  if (!plan) {
    // The log start may have passed the offset since it was looked at.
    if (plan.error().code == Errc::offset_out_of_range) return out_of_range(result);
    result.error = wire_error(plan.error().code);
    return;
  }
  if (parameters_.read_committed && !plan->empty()) result.aborted = log.aborted_transactions(target.fetch_offset, plan->next_offset());
  result.plan = std::move(*plan);
}

void FetchOp::answer() {
  unpark();
  unlink();  // a connection that closes while it is answered must not abandon it as well
  if (slot_.connection() == nullptr) {
    settle_entries();
  } else if (const std::int64_t throttle_ms = is_metered_ ? throttle() : 0; throttle_ms > 0) {
    // Nothing was sent, so nothing of the session has moved (kafka-rules 89).
    send_throttled(throttle_ms);
    reset();
  } else {
    needs_conversion() ? convert_response() : send_response();
    settle_entries();
  }
  shard_.finish(*this);
}

std::int64_t FetchOp::throttle() {
  ClientQuotas& quotas = shard_.broker().quotas();
  const std::int64_t now_ms = shard_.broker().clock().monotonic_ms();
  const auto amount = static_cast<double>(bytes_);
  const std::int64_t wait_ms = std::max(throttle_ms_, quotas.use(security::QuotaKind::fetch, metered_client_, amount, now_ms));
  if (wait_ms == 0) return 0;
  // What is not sent does not count.
  const std::int64_t before_ms = std::max(throttle_ms_, quotas.use(security::QuotaKind::fetch, metered_client_, -amount, now_ms));
  // One batch may be larger than the quota ever allows: it goes out when all else is paid for, and is paid for afterwards.
  if (before_ms > 0 || amount <= quotas.most_at_once(security::QuotaKind::fetch, metered_client_).value_or(amount)) return wait_ms;
  static_cast<void>(quotas.use(security::QuotaKind::fetch, metered_client_, amount, now_ms));
  return 0;
}

bool FetchOp::needs_conversion() const { return version_ < kFirstWithBatches && bytes_ > 0; }

void FetchOp::settle_entries() {
  for (const Result& result : results_) {
    FetchEntry& entry = *result.entry;
    entry.sent_high_watermark = result.high_watermark;
    entry.sent_last_stable = result.last_stable;
    entry.sent_log_start = result.log_start;
    if (!result.plan.empty() || result.error != wire::ErrorCode::none) {
      session_->move_to_tail(entry);
    } else if (entry.target.fetch_offset >= readable_end(result)) {
      session_->clean(entry);
    }
  }
  reset();
}

void FetchOp::abandon() {
  unpark();
  reset();
  shard_.finish(*this);
}

void FetchOp::reset() {
  results_.clear();
  own_session_.clear();
  cold_.clear();
  bytes_ = 0;
  throttle_ms_ = 0;
  warm_ = false;
}

}  // namespace streamline::broker
