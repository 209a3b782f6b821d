// TokenBucket: what may be done a second, with a whole window's worth saved up at most (KIP-599). Who finds it at zero or above may take
// as much as he likes, and then all wait until it is filled again.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "security/windowed_rate.h"

namespace streamline::security {

class TokenBucket {
 public:
  /// Full at first; `limit` tokens come a second.
  TokenBucket(double limit, const RateWindow& window, std::int64_t now_ms)
      : limit_(limit),
        most_(limit * static_cast<double>(window.samples) * static_cast<double>(window.sample_ms) / kMsPerSecond),
        tokens_(most_),
        filled_ms_(now_ms) {}

  void take(double count, std::int64_t now_ms) {
    fill(now_ms);
    tokens_ = std::min(most_, tokens_ - count);
  }
  /// Until it is no longer in debt; 0 when it is not.
  std::int64_t debt_ms(std::int64_t now_ms) {
    fill(now_ms);
    return tokens_ < 0 ? static_cast<std::int64_t>(std::min(std::ceil(-tokens_ / limit_ * kMsPerSecond), static_cast<double>(INT32_MAX)))
                       : 0;
  }
  bool is_full(std::int64_t now_ms) {
    fill(now_ms);
    return tokens_ >= most_;
  }

 private:
  static constexpr double kMsPerSecond = 1000;
  void fill(std::int64_t now_ms) {
    tokens_ = std::min(most_, tokens_ + static_cast<double>(now_ms - filled_ms_) * limit_ / kMsPerSecond);
    filled_ms_ = now_ms;
  }

  double limit_;
  double most_;
  double tokens_;
  std::int64_t filled_ms_;
};

}  // namespace streamline::security
