// WindowedRate: how much a second, over the last samples of a fixed length (rule 136: 11 of 1 s by default). As Kafka measures it: the
// window counts as full but for its last sample even when little was recorded, so that a client that begins may use all of it at once.
#pragma once

#include <cstdint>
#include <vector>

namespace streamline::security {

struct RateWindow {
  std::int32_t samples = 11;
  std::int64_t sample_ms = 1000;
  friend bool operator==(const RateWindow&, const RateWindow&) = default;
};

class WindowedRate {
 public:
  explicit WindowedRate(const RateWindow& window) : window_(window) {}

  /// Negative to take back.
  void record(double amount, std::int64_t now_ms);
  /// How long to wait until the rate is back at `limit` if nothing more comes; 0 when it is within.
  std::int64_t excess_ms(double limit, std::int64_t now_ms);
  /// Of something a second, at `now_ms`.
  double rate(std::int64_t now_ms);
  /// What may be recorded at once where nothing else was.
  static double most_at_once(double limit, const RateWindow& window);
  /// Nothing was recorded for a whole window.
  bool is_idle(std::int64_t now_ms) const;

 private:
  struct Sample {
    std::int64_t begin_ms = 0;
    double amount = 0;
  };
  void forget_old(std::int64_t now_ms);
  double window_ms(std::int64_t now_ms) const;

  const RateWindow window_;
  std::vector<Sample> samples_;  // by time, at most window_.samples
};

}  // namespace streamline::security
