// Samples of a rate.
#include "security/windowed_rate.h"

#include <algorithm>
#include <cmath>

namespace streamline::security {

namespace {

constexpr double kMsPerSecond = 1000;

}  // namespace

void WindowedRate::record(double amount, std::int64_t now_ms) {
  forget_old(now_ms);
  if (samples_.empty() || now_ms - samples_.back().begin_ms >= window_.sample_ms) {
    if (samples_.size() >= static_cast<std::size_t>(window_.samples)) samples_.erase(samples_.begin());
    samples_.push_back({.begin_ms = now_ms});
  }
  samples_.back().amount += amount;
}

void WindowedRate::forget_old(std::int64_t now_ms) {
  const std::int64_t age_ms = window_.samples * window_.sample_ms;
  std::erase_if(samples_, [&](const Sample& sample) { return now_ms - sample.begin_ms >= age_ms; });
}

double WindowedRate::window_ms(std::int64_t now_ms) const {
  const std::int64_t elapsed_ms = samples_.empty() ? 0 : now_ms - samples_.front().begin_ms;
  const std::int64_t full = elapsed_ms / window_.sample_ms;
  const std::int64_t missing = std::max<std::int64_t>(window_.samples - 1 - full, 0);
  return static_cast<double>(std::max<std::int64_t>(elapsed_ms + missing * window_.sample_ms, window_.sample_ms));
}

double WindowedRate::rate(std::int64_t now_ms) {
  forget_old(now_ms);
  double sum = 0;
  for (const Sample& sample : samples_) sum += sample.amount;
  return sum * kMsPerSecond / window_ms(now_ms);
}

std::int64_t WindowedRate::excess_ms(double limit, std::int64_t now_ms) {
  const double excess = rate(now_ms) - limit;
  if (excess <= 0) return 0;
  // A rate that only time can bring down: as long as it would take to use the excess at the limit.
  const double wait_ms = std::ceil(excess / limit * window_ms(now_ms));
  return static_cast<std::int64_t>(std::min(wait_ms, static_cast<double>(INT32_MAX)));
}

double WindowedRate::most_at_once(double limit, const RateWindow& window) {
  return limit * static_cast<double>(std::max<std::int64_t>(window.samples - 1, 1) * window.sample_ms) / kMsPerSecond;
}

bool WindowedRate::is_idle(std::int64_t now_ms) const {
  return samples_.empty() || now_ms - samples_.back().begin_ms >= window_.samples * window_.sample_ms;
}

}  // namespace streamline::security
