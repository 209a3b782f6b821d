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
constexpr double kMsPerSecond = 1000;

}  // namespace

Admission::Admission(net::Reactor& reactor, ConnectionQuota& quota, std::int32_t rate, Gate& gate)
    : reactor_(reactor), quota_(quota), rate_(rate), gate_(gate), tokens_(rate), filled_ms_(reactor.now_ms()) {}

void Admission::arrive(net::Descriptor socket, const net::ConnectionOrigin& origin) {
  SL_ASSERT(!newcomer_);
  newcomer_.emplace(std::move(socket), origin);
  has_token_ = false;
  admit();
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
  waits_for_room_.store(false);
  newcomer_.reset();
}

}  // namespace streamline::server
