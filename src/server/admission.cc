// Letting in, holding back, turning away.
#include "server/admission.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/assert.h"
#include "base/log.h"

namespace streamline::server {

namespace {

constexpr std::int64_t kLogIntervalMs = 1000;  // connections that wait or are turned away are told once a second
constexpr std::size_t kMostTurnedAway = 1000;  // further ones are closed at once
constexpr double kMsPerSecond = 1000;

}  // namespace

Admission::Admission(net::Reactor& reactor, ConnectionQuota& quota, std::int32_t rate, Gate& gate)
    : reactor_(reactor), quota_(quota), rate_(rate), gate_(gate), tokens_(rate), filled_ms_(reactor.now_ms()) {}

void Admission::arrive(net::Descriptor socket, const net::ConnectionOrigin& origin) {
  SL_ASSERT(!newcomer_);
  if (const std::int64_t wait_ms = gate_.wait_ms(origin.peer); wait_ms > 0) return turn_away({std::move(socket), origin}, wait_ms);
  newcomer_.emplace(std::move(socket), origin);
  has_token_ = false;
  admit();
}

void Admission::turn_away(Newcomer newcomer, std::int64_t wait_ms) {
  const std::int64_t now_ms = reactor_.now_ms();
  if (now_ms >= next_log_ms_) {
    next_log_ms_ = now_ms + kLogIntervalMs;
    log::warn("server", "refused connection peer={} listener={} reason=\"connection_creation_rate of its address\"",
              newcomer.origin.peer.to_string(), newcomer.origin.listener_name);
  }
  if (turned_away_.size() >= kMostTurnedAway) return;
  turned_away_.emplace(now_ms + wait_ms, std::move(newcomer.socket));
  reactor_.timers().schedule(turned_away_timer_, turned_away_.begin()->first);
}

void Admission::on_turned_away(std::int64_t now_ms) {
  turned_away_.erase(turned_away_.begin(), turned_away_.upper_bound(now_ms));
  if (!turned_away_.empty()) reactor_.timers().schedule(turned_away_timer_, turned_away_.begin()->first);
}

void Admission::admit() {
  if (!newcomer_) return;
  if (!has_token_ && !take_token()) {
    const double wait_ms = std::ceil((1 - tokens_) * kMsPerSecond / rate_);
    reactor_.schedule_in(retry_, static_cast<std::int64_t>(wait_ms));
    return hold();
  }
  has_token_ = true;
  // Set first: a connection that leaves after the look at the quota must be heard of.
  waits_for_room_.store(true);
  const ConnectionQuota::Verdict verdict = quota_.try_enter(newcomer_->origin.peer);
  const bool may_log = verdict.outcome != Entry::entered && reactor_.now_ms() >= next_log_ms_;
  if (may_log) {
    next_log_ms_ = reactor_.now_ms() + kLogIntervalMs;
    log::warn("server", "{} connection peer={} listener={} reason=\"{}\" refused={}",
              verdict.outcome == Entry::full ? "holds back" : "refused", newcomer_->origin.peer.to_string(),
              newcomer_->origin.listener_name, verdict.reason, quota_.refused());
  }
  if (verdict.outcome == Entry::full) return hold();
  waits_for_room_.store(false);
  if (verdict.outcome == Entry::entered) {
    let_in();
  } else {
    newcomer_.reset();
  }
  if (std::exchange(paused_, false)) gate_.resume_accepting();
}

/// A bucket that fills with rate_ tokens a second and holds as many.
bool Admission::take_token() {
  const std::int64_t now_ms = reactor_.now_ms();
  tokens_ = std::min<double>(rate_, tokens_ + static_cast<double>(now_ms - filled_ms_) * rate_ / kMsPerSecond);
  filled_ms_ = now_ms;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void Admission::set_rate(std::int32_t rate) {
  rate_ = rate;
  tokens_ = std::min<double>(tokens_, rate);
  retry_.cancel();
  admit();
}

void Admission::hold() {
  if (!std::exchange(paused_, true)) gate_.pause_accepting();
}

void Admission::let_in() {
  Newcomer newcomer = std::move(*newcomer_);
  newcomer_.reset();
  gate_.let_in(std::move(newcomer.socket), newcomer.origin);
}

void Admission::connection_left() {
  if (!waits_for_room_.exchange(false)) return;
  reactor_.post([this] { admit(); });
}

void Admission::on_retry(std::int64_t) { admit(); }

void Admission::close() {
  retry_.cancel();
  turned_away_timer_.cancel();
  turned_away_.clear();
  waits_for_room_.store(false);
  newcomer_.reset();
}

}  // namespace streamline::server
